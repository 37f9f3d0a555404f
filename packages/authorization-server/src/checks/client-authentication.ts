import type { Client } from '@portcullis/ports';
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

/** What a client presented, by the method it used. */
interface Presented {
  readonly clientId: string;
  readonly method: Client['tokenEndpointAuthMethod'];
  /** Spellings of the one secret that was presented: as decoded, and as sent. None without a secret. */
  readonly clientSecrets: readonly string[];
}

/** A refused client authentication. */
export interface ClientAuthenticationFailure {
  readonly reason: RefusalReason;
  /** Named by the request; not proven. */
  readonly clientId: string | undefined;
}

/**
 * Authenticates the client of a token request (OAuth 2.1 §2.4). Only the method the client is registered with counts: a
 * confidential client is never let in without its secret, a public one never with one. A secret is compared by its
 * hash, in constant time, and an unknown client costs the same comparison.
 */
export async function authenticateClient(
  core: Core,
  authorization: string | null,
  parameters: OauthParameters,
): Promise<Result<Client, ClientAuthenticationFailure>> {
  const presented = readPresented(authorization, parameters);
  if (!presented.ok) return fail({ reason: presented.failure, clientId: parameters.value('client_id') });
  const { clientId, method, clientSecrets } = presented.value;
  const client = await core.clients.find(clientId);
  const { hash } = core.ports.platform;
  // No secret is the empty text, so its hash is one that no stored secret has.
  const expected = client?.clientSecretHash ?? hash('');
  const matches = clientSecrets.map((clientSecret) => equalsInConstantTime(hash(clientSecret), expected));
  const secretMatches = matches.includes(true);
  if (client === undefined) return fail({ reason: 'client_unknown', clientId });
  if (client.tokenEndpointAuthMethod !== method) return fail({ reason: 'client_method_mismatch', clientId });
  if (method !== 'none' && !(secretMatches && client.clientSecretHash !== undefined)) {
    return fail({ reason: 'client_secret_wrong', clientId });
  }
  return succeed(client);
}

function readPresented(authorization: string | null, parameters: OauthParameters): Result<Presented, RefusalReason> {
  const body = parsePresentedClient(parameters);
  const mechanisms = [authorization !== null, body.clientSecret !== undefined, body.hasAssertion];
  if (mechanisms.filter(Boolean).length > 1) return fail('client_methods_combined');
  if (body.hasAssertion) return fail('client_method_unsupported');

  if (authorization !== null) {
    if (!isBasicAuthorization(authorization)) return fail('client_method_unsupported');
    const credentials = parseBasicCredentials(authorization);
    if (!credentials.ok) return credentials;
    if (body.clientId !== undefined && body.clientId !== credentials.value.clientId) return fail('client_id_mismatch');
    const { clientId, clientSecret, clientSecretAsSent } = credentials.value;
    // Always two, so that the work does not tell which spelling was right.
    const clientSecrets = [clientSecret ?? clientSecretAsSent, clientSecretAsSent];
    return succeed({ clientId, method: 'client_secret_basic', clientSecrets });
  }
  if (body.clientId === undefined) return fail('client_missing');
  const method = body.clientSecret === undefined ? 'none' : 'client_secret_post';
  const clientSecrets = body.clientSecret === undefined ? [] : [body.clientSecret];
  return succeed({ clientId: body.clientId, method, clientSecrets });
}
