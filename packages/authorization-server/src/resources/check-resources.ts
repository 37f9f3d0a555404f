import type { ResourceDefinition, ScopeDefinition } from '@portcullis/ports';
import { foldResourceIdentifier } from '@portcullis/protocol';
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
 * Checks the resources that a host names in its options: that each has the members of one and no others, that there is one of each
 * identifier, that names of scopes can be such (RFC 6749 §3.3) and are there once, that scopes which are referred to exist, and that
 * none contains itself.
 *
 * @throws {ConfigurationError} naming the first that cannot be
 */
export function checkResources(resources: readonly ResourceDefinition[]): readonly ResourceDefinition[] {
  const seen = new Set<string>();
  for (const [index, resource] of resources.entries()) {
    demand(isGroup(resource), `resources[${index}]: must be {identifier, displayName, scopes, defaultScopes}`);
    const { identifier, displayName, scopes, defaultScopes } = resource;
    const folded = typeof identifier === 'string' ? foldResourceIdentifier(identifier) : undefined;
    const about = `resources: "${identifier}"`;
    if (folded === undefined) throw new ConfigurationError(`${about} is no absolute URL without a fragment`);
    demand(!seen.has(folded), `${about} occurs more than once`);
    seen.add(folded);
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
