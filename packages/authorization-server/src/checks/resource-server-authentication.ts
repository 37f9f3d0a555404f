import type { ResourceServer } from '@portcullis/ports';
import {
  fail,
  isBasicAuthorization,
  type OauthParameters,
  parseBasicCredentials,
  parsePresentedClient,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { equalsInConstantTime } from '../constant-time.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';

/** How a resource server may prove who it is, as metadata names it (RFC 8414 §2). */
export const RESOURCE_SERVER_AUTH_METHODS = ['client_secret_basic', 'client_secret_post'] as const;

/** What a resource server presented. Nothing of it is proven. */
export interface ResourceServerCredentials {
  readonly resourceServerId: string;
  /** Spellings of the one secret: as decoded, and as sent. */
  readonly secrets: readonly string[];
}

/**
 * Reads the credentials of a resource server (RFC 7662 §2.1), by HTTP Basic or in the body, never by both. Both ways
 * are open to every resource server: it has one secret, and we made it.
 */
export function readResourceServerCredentials(
  authorization: string | null,
  parameters: OauthParameters,
): Result<ResourceServerCredentials, RefusalReason> {
  const body = parsePresentedClient(parameters);
  const mechanisms = [authorization !== null, body.clientSecret !== undefined, body.hasAssertion];
  if (mechanisms.filter(Boolean).length > 1) return fail('client_methods_combined');
  if (authorization !== null) {
    if (!isBasicAuthorization(authorization)) return fail('client_method_unsupported');
    const basic = parseBasicCredentials(authorization);
    if (!basic.ok) return basic;
    const { clientId, clientSecret, clientSecretAsSent } = basic.value;
    if (body.clientId !== undefined && body.clientId !== clientId) return fail('client_id_mismatch');
    // Always two, so that the work does not tell which spelling was right.
    return succeed({ resourceServerId: clientId, secrets: [clientSecret ?? clientSecretAsSent, clientSecretAsSent] });
  }
  if (body.hasAssertion) return fail('client_method_unsupported');
  if (body.clientId === undefined || body.clientSecret === undefined) return fail('resource_server_missing');
  return succeed({ resourceServerId: body.clientId, secrets: [body.clientSecret] });
}

/**
 * The resource server of these credentials. The secret is compared by its hash, in constant time, and an unknown id
 * costs the same comparison. A client of this server is none: it may not ask about anybody's tokens.
 */
export async function authenticateResourceServer(
  core: Core,
  { resourceServerId, secrets }: ResourceServerCredentials,
): Promise<Result<ResourceServer, 'resource_server_unknown' | 'resource_server_secret_wrong'>> {
  const { hash } = core.ports.platform;
  const found = await core.ports.storage.resourceServers.find(core.settings.tenantId, resourceServerId);
  // No secret is the empty text, so its hash is one that no presented secret has.
  const expected = found?.secretHash ?? hash('');
  const matches = secrets.map((secret) => equalsInConstantTime(hash(secret), expected));
  if (found === undefined) return fail('resource_server_unknown');
  return matches.includes(true) ? succeed(found) : fail('resource_server_secret_wrong');
}
