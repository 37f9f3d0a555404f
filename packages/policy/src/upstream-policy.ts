import type { ScopeDefinition } from '@portcullis/ports';
import { createScopeHierarchy, type JsonObject, type JsonRpcMessage } from '@portcullis/protocol';
import type { McpDecision } from './decision.js';
import { DEFAULT_METHOD_RULES, type MethodRule } from './method-rules.js';
import { DEFAULT_REQUESTED_SCOPES, DEFAULT_SCOPES } from './scopes.js';

/** What may be configured for one upstream. Everything absent is the default of the issue "unconfigured upstream". */
export interface UpstreamPolicyOptions {
  /** The scopes that exist. @defaultValue {@link DEFAULT_SCOPES} */
  readonly scopes?: readonly ScopeDefinition[];
  /** Scopes of the first challenge. @defaultValue {@link DEFAULT_REQUESTED_SCOPES} */
  readonly defaultScopes?: readonly string[];
  /** Scopes by method: in place of a default rule, or for a method that has none. */
  readonly methods?: Readonly<Record<string, readonly string[]>>;
  /** Scopes by tool name, in place of those of `tools/call`. Names are compared exactly. */
  readonly tools?: Readonly<Record<string, readonly string[]>>;
}

/** Decides what a caller may do at one upstream, from the parsed message alone. Pure. */
export interface UpstreamPolicy {
  /** Notifications and answers to the server need a valid token only. */
  decide(message: JsonRpcMessage['body'], heldScopes: readonly string[]): McpDecision;
  /** The tool, prompt or resource that a message acts on, for the trail. */
  targetOf(message: JsonRpcMessage['body']): string | undefined;
  readonly scopes: readonly ScopeDefinition[];
  readonly defaultScopes: readonly string[];
}

const ALLOW: McpDecision = { outcome: 'allow' };

/**
 * Builds the policy of one upstream. An unknown method is refused; the scopes a method needs are all named at once.
 *
 * @throws {RangeError} when `defaultScopes`, `methods`, `tools` or `implies` name a scope that `scopes` lacks
 */
export function createUpstreamPolicy(options: UpstreamPolicyOptions = {}): UpstreamPolicy {
  const scopes = options.scopes ?? DEFAULT_SCOPES;
  const defaultScopes =
    options.defaultScopes ?? (options.scopes ? scopes.map(({ name }) => name) : DEFAULT_REQUESTED_SCOPES);
  refuseUnknownScopes(options, scopes, defaultScopes);
  const expand = createScopeHierarchy(scopes);
  const known = new Set(scopes.map(({ name }) => name));
  const tools = new Map(Object.entries(options.tools ?? {}));
  const methods = new Map(Object.entries(DEFAULT_METHOD_RULES));
  for (const [method, needed] of Object.entries(options.methods ?? {})) {
    const rule = methods.get(method);
    const target = typeof rule === 'object' ? rule.target : undefined;
    methods.set(method, target === undefined ? { scopes: needed } : { scopes: needed, target });
  }

  function ruleFor(method: string, params: JsonObject | undefined): MethodRule | undefined {
    const entry = methods.get(method);
    const rule = typeof entry === 'function' ? entry(params) : entry;
    if (rule === undefined || method !== 'tools/call') return rule;
    const needed = typeof params?.['name'] === 'string' ? tools.get(params['name']) : undefined;
    return needed === undefined ? rule : { ...rule, scopes: needed };
  }

  return {
    scopes,
    defaultScopes,
    decide(message, heldScopes) {
      if (message.kind !== 'request') return ALLOW;
      const rule = ruleFor(message.method, message.params);
      if (rule === undefined) return { outcome: 'unknown_method' };
      if (rule.target !== undefined && typeof message.params?.[rule.target] !== 'string') {
        return { outcome: 'invalid_params', member: rule.target };
      }
      if (rule.scopes.length === 0) return ALLOW;
      const held = expand(heldScopes);
      // A default rule may name a scope that this upstream's own catalogue does not have: nobody can hold it, and a
      // challenge for it would send the client in circles. Such a method is as unknown as one without a rule.
      if (!rule.scopes.every((scope) => known.has(scope))) return { outcome: 'unknown_method' };
      return rule.scopes.every((scope) => held.has(scope))
        ? ALLOW
        : { outcome: 'insufficient_scope', requiredScopes: rule.scopes };
    },
    targetOf(message) {
      if (message.kind === 'response') return undefined;
      const target = message.params?.['name'] ?? message.params?.['uri'];
      return typeof target === 'string' ? target : undefined;
    },
  };
}

function refuseUnknownScopes(
  options: UpstreamPolicyOptions,
  scopes: readonly ScopeDefinition[],
  defaultScopes: readonly string[],
): void {
  const known = new Set(scopes.map(({ name }) => name));
  const named = [
    ...defaultScopes,
    ...Object.values(options.methods ?? {}).flat(),
    ...Object.values(options.tools ?? {}).flat(),
    ...scopes.flatMap(({ implies }) => implies ?? []),
  ];
  for (const scope of named) {
    if (!known.has(scope)) throw new RangeError(`The scope "${scope}" is used but not defined`);
  }
}
