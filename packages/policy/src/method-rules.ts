import type { JsonObject, JsonValue } from '@portcullis/protocol';

/** Which scopes a method needs, and which member of `params` names what it acts on. */
export interface MethodRule {
  /** All of them are needed. */
  readonly scopes: readonly string[];
  /** A member that must be a string, because the decision and the trail rest on it. */
  readonly target?: 'name' | 'uri';
}

/** A rule, or a function of the params for methods whose parameters decide. */
export type MethodRuleEntry = MethodRule | ((params: JsonObject | undefined) => MethodRule);

const OPEN: MethodRule = { scopes: [] };
const TOOLS_READ: MethodRule = { scopes: ['mcp:tools:read'] };
const PROMPTS_READ: MethodRule = { scopes: ['mcp:prompts:read'] };
const RESOURCES_READ: MethodRule = { scopes: ['mcp:resources:read'] };
const ONE_RESOURCE: MethodRule = { scopes: ['mcp:resources:read'], target: 'uri' };

/**
 * What an upstream requires for which nothing is configured, over the revisions 2025-03-26 to 2026-07-28.
 * A method that is not here is refused unless the configuration names scopes for it.
 */
export const DEFAULT_METHOD_RULES: Readonly<Record<string, MethodRuleEntry>> = {
  initialize: OPEN,
  ping: OPEN,
  'server/discover': OPEN,
  // Sets how much the caller's own session is told; clients call it unasked as soon as a server offers logging.
  'logging/setLevel': OPEN,
  'tools/list': TOOLS_READ,
  'tools/call': { scopes: ['mcp:tools:execute'], target: 'name' },
  'resources/list': RESOURCES_READ,
  'resources/templates/list': RESOURCES_READ,
  'resources/read': ONE_RESOURCE,
  'resources/subscribe': ONE_RESOURCE,
  'resources/unsubscribe': ONE_RESOURCE,
  'prompts/list': PROMPTS_READ,
  'prompts/get': { scopes: ['mcp:prompts:read'], target: 'name' },
  'completion/complete': PROMPTS_READ,
  'subscriptions/listen': subscriptionRule,
};

/** The members of a `subscriptions/listen` filter (2026-07-28) and the scope that each needs. */
const SUBSCRIPTION_SCOPES: Readonly<Record<string, string>> = {
  toolsListChanged: 'mcp:tools:read',
  promptsListChanged: 'mcp:prompts:read',
  resourcesListChanged: 'mcp:resources:read',
  resourceSubscriptions: 'mcp:resources:read',
};

/** A subscription needs what reading the lists it watches needs; a filter of another kind needs all of it. */
function subscriptionRule(params: JsonObject | undefined): MethodRule {
  const filter = params?.['notifications'];
  const wanted = isObject(filter) ? Object.keys(filter).filter((member) => isWanted(filter[member])) : [''];
  const known = wanted.every((member) => Object.hasOwn(SUBSCRIPTION_SCOPES, member));
  const scopes = known ? wanted.map((member) => SUBSCRIPTION_SCOPES[member] ?? '') : Object.values(SUBSCRIPTION_SCOPES);
  return { scopes: [...new Set(scopes)] };
}

function isWanted(value: JsonValue | undefined): boolean {
  return value !== false && value !== null && value !== undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
