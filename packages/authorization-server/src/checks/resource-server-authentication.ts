import type { ResourceServer } from '@portcullis/ports';
import { fail, type OauthParameters, type Result, succeed } from '@portcullis/protocol';
import { CLIENT_SECRET_METHODS } from '../clients/client-secret-methods.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { provesSecret, readPresentedCredentials } from './presented-credentials.js';

/** How a resource server may prove who it is, as metadata names it (RFC 8414 §2). */
export const RESOURCE_SERVER_AUTH_METHODS = CLIENT_SECRET_METHODS;

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
  const presented = readPresentedCredentials(authorization, parameters);
  if (!presented.ok) return presented.failure === 'client_missing' ? fail('resource_server_missing') : presented;
  if (presented.value.method === 'private_key_jwt') return fail('client_method_unsupported');
  if (presented.value.method === 'none') return fail('resource_server_missing');
  return succeed({ resourceServerId: presented.value.id, secrets: presented.value.secrets });
}

/**
 * The resource server of these credentials. The secret is compared by its hash, in constant time, and an unknown id
 * costs the same comparison. A client of this server is none: it may not ask about anybody's tokens.
 */
export async function authenticateResourceServer(
  core: Core,
  { resourceServerId, secrets }: ResourceServerCredentials,
): Promise<Result<ResourceServer, 'resource_server_unknown' | 'resource_server_secret_wrong'>> {
  const found = await core.ports.storage.resourceServers.find(core.settings.tenantId, resourceServerId);
  const isSecretRight = provesSecret(core.ports.platform.hash, secrets, found?.secretHash);
  if (found === undefined) return fail('resource_server_unknown');
  return isSecretRight ? succeed(found) : fail('resource_server_secret_wrong');
}
