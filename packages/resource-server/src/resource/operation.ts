import type { JsonRpcId, JsonValue } from '@portcullis/protocol';
import type { ToolScopes } from './tool-scopes.js';

/** What one body asks for, as far as scopes depend on it. */
export interface Operation {
  /** All that its messages need, each once. */
  readonly scopes: ReadonlySet<string>;
  /** The id of its one request; null for a batch, a notification, or an id that is none. */
  readonly id: JsonRpcId | null;
  /** The first message that needs anything: for the trail. */
  readonly method: string | undefined;
  readonly target: string | undefined;
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
  let first: { method: string; target: string | undefined } | undefined;
  const messages: readonly JsonValue[] = Array.isArray(body) ? body : [body];
  for (const message of messages) {
    const method = memberOf(message, 'method');
    if (typeof method !== 'string') continue;
    const name = method === 'tools/call' ? memberOf(memberOf(message, 'params'), 'name') : undefined;
    const target = typeof name === 'string' ? name : undefined;
    const ofTool = target === undefined ? undefined : tools.scopesOf(target);
    const ofMethod = methods.get(method);
    if (ofTool === undefined && ofMethod === undefined) continue;
    needed ??= new Set();
    first ??= { method, target };
    for (const scope of ofMethod ?? []) needed.add(scope);
    for (const scope of ofTool ?? []) needed.add(scope);
  }
  if (needed === undefined || first === undefined) return undefined;
  const id = Array.isArray(body) ? undefined : memberOf(body, 'id');
  return {
    scopes: needed,
    id: typeof id === 'string' || (typeof id === 'number' && Number.isSafeInteger(id)) ? id : null,
    ...first,
  };
}

function memberOf(value: JsonValue | undefined, name: string): JsonValue | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, name) ? (value as { readonly [member: string]: JsonValue | undefined })[name] : undefined;
}
