import type { JsonRpcId, JsonValue } from '@portcullis/protocol';
import type { ToolScopes } from './tool-scopes.js';

/** What one body asks for, as far as scopes depend on it. */
export interface Operation {
  /** All that its messages need, each once. */
  readonly scopes: ReadonlySet<string>;
  /** The first message that needs anything: for the trail. */
  readonly method: string;
  readonly target: string | undefined;
}

/** Whether a caller holds all that a parsed body needs. Next to nothing is made: this is asked of every call. */
export function holdsAllOf(
  body: JsonValue,
  tools: ToolScopes,
  methods: ReadonlyMap<string, readonly string[]>,
  held: ReadonlySet<string>,
): boolean {
  if (!Array.isArray(body)) return holdsAll(body, tools, methods, held);
  return body.every((message: JsonValue) => holdsAll(message, tools, methods, held));
}

function holdsAll(
  message: JsonValue,
  tools: ToolScopes,
  methods: ReadonlyMap<string, readonly string[]>,
  held: ReadonlySet<string>,
): boolean {
  const needs = needsOf(message, tools, methods);
  return needs === undefined || (areHeld(needs.ofMethod, held) && areHeld(needs.ofTool, held));
}

function areHeld(scopes: readonly string[] | undefined, held: ReadonlySet<string>): boolean {
  return scopes === undefined || scopes.every((scope) => held.has(scope));
}

/** What one message needs, by its method and by the tool that it calls. */
interface Needs {
  readonly method: string;
  readonly target: string | undefined;
  readonly ofMethod: readonly string[] | undefined;
  readonly ofTool: readonly string[] | undefined;
}

function needsOf(
  message: JsonValue,
  tools: ToolScopes,
  methods: ReadonlyMap<string, readonly string[]>,
): Needs | undefined {
  const method = memberOf(message, 'method');
  if (typeof method !== 'string') return undefined;
  const name = method === 'tools/call' ? memberOf(memberOf(message, 'params'), 'name') : undefined;
  const target = typeof name === 'string' ? name : undefined;
  const ofTool = target === undefined ? undefined : tools.scopesOf(target);
  const ofMethod = methods.get(method);
  return ofTool === undefined && ofMethod === undefined ? undefined : { method, target, ofMethod, ofTool };
}

/**
 * Reads what a parsed body needs: one JSON-RPC message, or the batch that revision 2025-03-26 allowed. Of all messages
 * together, so that one step-up is enough. Undefined where it needs nothing.
 *
 * Does not check that the messages are in order: what is no JSON-RPC calls no tool.
 */
export function readOperation(
  body: JsonValue,
  tools: ToolScopes,
  methods: ReadonlyMap<string, readonly string[]>,
): Operation | undefined {
  let needed: Set<string> | undefined;
  let first: Needs | undefined;
  const messages: readonly JsonValue[] = Array.isArray(body) ? body : [body];
  for (const message of messages) {
    const needs = needsOf(message, tools, methods);
    if (needs === undefined) continue;
    needed ??= new Set();
    first ??= needs;
    for (const scope of needs.ofMethod ?? []) needed.add(scope);
    for (const scope of needs.ofTool ?? []) needed.add(scope);
  }
  if (needed === undefined || first === undefined) return undefined;
  return { scopes: needed, method: first.method, target: first.target };
}

/** The id of the one request that a body is; null for a batch, a notification, or an id that is none. */
export function readRequestId(body: JsonValue): JsonRpcId | null {
  const id = memberOf(body, 'id');
  return typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null;
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { readonly [member: string]: JsonValue | undefined })[name] : undefined;
}
