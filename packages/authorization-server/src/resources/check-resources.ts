import type { ResourceDefinition, ScopeDefinition } from '@portcullis/ports';
import {
  keyOfResource,
  MAX_RESOURCE_LENGTH,
  parseResourceIdentifier,
  type ResourceIdentifier,
} from '@portcullis/protocol';
import { ConfigurationError } from '../configuration-error.js';
import { isGroup } from '../option-kinds.js';
import { checkScopeName, findRepeatedScope, findScopeCircle } from './scope-rules.js';

/** The members there are; the compiler holds them against the types. */
const RESOURCE_MEMBERS: Readonly<Record<keyof ResourceDefinition, true>> = {
  identifier: true,
  displayName: true,
  scopes: true,
  defaultScopes: true,
  dpopBoundAccessTokensRequired: true,
};
const SCOPE_MEMBERS: Readonly<Record<keyof ScopeDefinition, true>> = { name: true, description: true, implies: true };

/**
 * Checks the resources that a host names in its options: that each has the members of one and no others, that identifiers are written
 * as resource servers compare them ({@link parseResourceIdentifier}) and are there once, that names of scopes can be such (RFC 6749 §3.3) and are there once, that scopes which are referred to exist, and that
 * none contains itself.
 *
 * @throws {ConfigurationError} naming the first that cannot be
 */
export function checkResources(resources: readonly ResourceDefinition[]): readonly ResourceDefinition[] {
  const seen = new Set<string>();
  for (const [index, resource] of resources.entries()) {
    demand(isGroup(resource), `resources[${index}]: must be {identifier, displayName, scopes, defaultScopes}`);
    const { identifier, displayName, scopes, defaultScopes } = resource;
    const about = `resources: "${identifier}"`;
    const key = keyOfResource(checkIdentifier(about, identifier));
    demand(!seen.has(key), `${about} occurs more than once`);
    seen.add(key);
    refuseOthers(about, resource, RESOURCE_MEMBERS);
    demand(typeof displayName === 'string', `${about}: displayName: must be a text`);
    demand(Array.isArray(scopes) && scopes.length > 0, `${about}: scopes: must be a list of at least one scope`);
    for (const scope of scopes) checkScope(about, scope);
    const names = scopes.map((scope) => scope.name);
    const repeated = scopes[findRepeatedScope(scopes)];
    demand(repeated === undefined, `${about}: scope "${repeated?.name}" is defined twice`);
    for (const { name, implies = [] } of scopes) {
      const missing = implies.find((one) => !names.includes(one));
      demand(missing === undefined, `${about}: scope "${name}": implies: there is no scope "${missing}"`);
    }
    const circle = findScopeCircle(scopes);
    demand(circle === undefined, `${about}: scopes: these imply each other in a circle: ${circle?.join(', ')}`);
    demand(
      Array.isArray(defaultScopes) && defaultScopes.length > 0,
      `${about}: defaultScopes: must be a list of at least one of its scopes`,
    );
    const strange = defaultScopes.find((scope) => !names.includes(scope));
    demand(
      strange === undefined,
      `${about}: defaultScopes: there is no scope ${JSON.stringify(strange)}; there are ${names.join(', ')}`,
    );
  }
  return resources;
}

/** By the rule that registered resource servers are held to. */
function checkIdentifier(about: string, identifier: unknown): ResourceIdentifier {
  if (typeof identifier !== 'string') throw new ConfigurationError(`${about}: identifier: must be a text`);
  const parsed = parseResourceIdentifier(identifier);
  if (parsed.ok) return parsed.value;
  switch (parsed.failure) {
    case 'malformed':
      throw new ConfigurationError(`${about} is no absolute URL of at most ${MAX_RESOURCE_LENGTH} characters`);
    case 'plain_http':
      throw new ConfigurationError(`${about} must be https, or http with the host localhost, 127.0.0.1 or [::1]`);
    case 'not_canonical': {
      const { origin, pathname, search } = new URL(identifier);
      throw new ConfigurationError(
        `${about} is not as clients send it, who compare it as it is written; write "${origin}${pathname}${search}"`,
      );
    }
  }
}

function checkScope(about: string, scope: ScopeDefinition): void {
  demand(
    isGroup(scope) && isName(scope.name) && typeof scope.description === 'string',
    `${about}: scopes: each must be {name, description}, two texts, and may have implies`,
  );
  const wrongName = checkScopeName(scope.name);
  demand(wrongName === undefined, `${about}: scope ${JSON.stringify(scope.name)}: ${wrongName}`);
  refuseOthers(`${about}: scope "${scope.name}"`, scope, SCOPE_MEMBERS);
  demand(
    scope.implies === undefined || Array.isArray(scope.implies),
    `${about}: scope "${scope.name}": implies: must be a list of names of scopes`,
  );
}

function refuseOthers(about: string, given: object, known: object): void {
  for (const name of Object.keys(given))
    demand(Object.hasOwn(known, name), `${about}: ${name}: there is no such member`);
}

function isName(value: unknown): boolean {
  return typeof value === 'string' && value !== '';
}

function demand(holds: boolean, message: string): void {
  if (!holds) throw new ConfigurationError(message);
}
