import type { Client, ResourceDefinition } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { withContained } from '../resources/contained-scopes.js';
import { keepGrantableScopes, withoutOfflineAccess } from './scope.js';

/**
 * Decides the scopes of an identity assertion (draft-ietf-oauth-identity-assertion-authz-grant, RFC 6749 §3.3): what the
 * identity provider let the client have, what the client asks for, what the resource has, and what the operator gave the
 * client, all at once. A wider request is narrowed, and the token response says to what. A scope that contains others
 * meets them. No `scope` in the request is all that was asserted; none in the assertion is the resource's default, since
 * whoever says nothing of scopes has allowed nothing special.
 */
export function checkAssertedScope(
  requested: readonly string[] | undefined,
  asserted: readonly string[] | undefined,
  resource: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): Result<readonly string[], 'scope_unknown'> {
  const given = asserted ?? resource.defaultScopes;
  const named = withoutOfflineAccess(requested ?? []);
  const scopes = keepGrantableScopes(named.length === 0 ? given : meet(named, given, resource), resource, client);
  return scopes.length === 0 ? fail('scope_unknown') : succeed(scopes);
}

/** What both sides have, by name or within another. */
function meet(
  one: readonly string[],
  other: readonly string[],
  { scopes }: Pick<ResourceDefinition, 'scopes'>,
): readonly string[] {
  const [inOne, inOther] = [withContained(one, scopes), withContained(other, scopes)];
  return [...new Set([...one.filter((name) => inOther.has(name)), ...other.filter((name) => inOne.has(name))])];
}
