import type { Client, ResourceDefinition } from '@portcullis/ports';
import { fail, parseScope, type Result, succeed } from '@portcullis/protocol';
import { withContained } from '../resources/contained-scopes.js';

/** Asks for a refresh token in OpenID Connect. Here a client gets one because of its grant types. */
const OFFLINE_ACCESS = 'offline_access';

/**
 * Decides which scopes a person is asked for (RFC 6749 §3.3). No `scope`, or none but `offline_access`, is the
 * resource's default. Unknown scopes, and those the operator did not give this client, are left out: the token response
 * says what was granted. Refused only when malformed, or when nothing is left.
 *
 * `offline_access` is accepted in silence: it is no scope of a resource, so it is neither shown nor granted.
 */
export function checkRequestedScope(
  scope: string | undefined,
  resource: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): Result<readonly string[], 'scope_malformed' | 'scope_unknown'> {
  const parsed = scope === undefined ? succeed<readonly string[]>([]) : parseScope(scope);
  if (!parsed.ok) return parsed;
  const asked = withoutOfflineAccess(parsed.value);
  const known = keepGrantableScopes(asked.length === 0 ? resource.defaultScopes : asked, resource, client);
  return known.length === 0 ? fail('scope_unknown') : succeed(known);
}

/**
 * Decides the scopes of a refresh (OAuth 2.1 §4.3.1): the granted ones, or those of them that are named, one that a granted
 * scope contains among them. What neither the resource nor the grant knows, and `offline_access`, is left out, as it is in
 * the authorization request that clients repeat here; a scope of the resource beyond the grant refuses the refresh. Scopes
 * that the operator took back since the consent are left out, and nothing is granted where none remains.
 */
export function checkRefreshedScope(
  requested: readonly string[] | undefined,
  granted: readonly string[],
  resource: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): Result<readonly string[], 'scope_unknown' | 'scope_beyond_grant' | 'scope_gone'> {
  const named = withoutOfflineAccess(requested ?? []);
  const asked = named.filter((name) => hasScope(resource, name) || granted.includes(name));
  if (named.length > 0 && asked.length === 0) return fail('scope_unknown');
  const covered = withContained(granted, resource.scopes);
  if (!asked.every((name) => covered.has(name))) return fail('scope_beyond_grant');
  const scopes = keepGrantableScopes(asked.length === 0 ? granted : asked, resource, client);
  return scopes.length === 0 ? fail('scope_gone') : succeed(scopes);
}

/**
 * Decides the scopes of a client that acts in its own name (OAuth 2.1 §4.2, §1.4.1). Nobody is asked, so nobody could take
 * something off the list: a scope beyond those that the operator gave this client, and what these contain, refuses the
 * request, whether or not the resource has it. What the resource does not know is left out otherwise; no `scope` is its default, as far as this client
 * may have it. `offline_access` is accepted in silence here as well, and gets nothing.
 */
export function checkClientScope(
  requested: readonly string[] | undefined,
  resource: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): Result<readonly string[], 'scope_beyond_registration' | 'scope_unknown'> {
  const asked = withoutOfflineAccess(requested ?? []);
  if (!asked.every(isWithin(client, resource))) return fail('scope_beyond_registration');
  const scopes = keepGrantableScopes(asked.length === 0 ? resource.defaultScopes : asked, resource, client);
  return scopes.length === 0 ? fail('scope_unknown') : succeed(scopes);
}

/**
 * Decides the scopes of an exchange (RFC 8693 §2.1): those of the subject token that are named, or all of them, as far as the
 * target has them and the operator lets this client have them. Nobody is asked, so what is named beyond the subject token
 * or beyond the client refuses the request; by the hierarchy of the target, whose scopes they are going to be. What the
 * target does not know is left out, and `offline_access` gets nothing.
 */
export function checkExchangedScope(
  requested: readonly string[] | undefined,
  ofSubject: readonly string[],
  target: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): Result<readonly string[], 'scope_beyond_subject' | 'scope_beyond_registration' | 'scope_unknown'> {
  const asked = withoutOfflineAccess(requested ?? []);
  const covered = withContained(ofSubject, target.scopes);
  if (!asked.every((name) => covered.has(name))) return fail('scope_beyond_subject');
  if (!asked.every(isWithin(client, target))) return fail('scope_beyond_registration');
  const scopes = keepGrantableScopes(asked.length === 0 ? ofSubject : asked, target, client);
  return scopes.length === 0 ? fail('scope_unknown') : succeed(scopes);
}

/** Those of `scopes` that the resource has and the operator lets this client have, by name or within another. */
export function keepGrantableScopes(
  scopes: readonly string[],
  resource: ResourceDefinition,
  client: Pick<Client, 'scopes'>,
): readonly string[] {
  const mayHave = isWithin(client, resource);
  return scopes.filter((name) => hasScope(resource, name) && mayHave(name));
}

function hasScope({ scopes }: Pick<ResourceDefinition, 'scopes'>, name: string): boolean {
  return scopes.some((definition) => definition.name === name);
}

/** Tells whether a scope is one of those that the operator gave this client, or contained in one of them. */
function isWithin(
  { scopes: given }: Pick<Client, 'scopes'>,
  { scopes: definitions }: Pick<ResourceDefinition, 'scopes'>,
): (name: string) => boolean {
  if (given === undefined) return () => true;
  const covered = withContained(given, definitions);
  return (name) => covered.has(name);
}

/** What is asked for of a resource: `offline_access` is no scope of any. */
export function withoutOfflineAccess(scopes: readonly string[]): readonly string[] {
  return scopes.filter((name) => name !== OFFLINE_ACCESS);
}
