import type { Client, ResourceDefinition } from '@portcullis/ports';
import { fail, parseScope, type Result, succeed } from '@portcullis/protocol';

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
  const asked = parsed.value.filter((name) => name !== OFFLINE_ACCESS);
  const wanted = asked.length === 0 ? resource.defaultScopes : asked;
  const known = wanted.filter(
    (name) =>
      resource.scopes.some((definition) => definition.name === name) &&
      (client.scopes === undefined || client.scopes.includes(name)),
  );
  return known.length === 0 ? fail('scope_unknown') : succeed(known);
}
