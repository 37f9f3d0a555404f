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
  readonly clientSecret: string | undefined;
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
  const { clientId, method, clientSecret } = presented.value;
  const client = await core.clients.find(clientId);
  const { hash } = core.ports.platform;
  const presentedHash = hash(clientSecret ?? '');
  // No secret is the empty text, so its hash is one that no stored secret has.
  const secretMatches = equalsInConstantTime(presentedHash, client?.clientSecretHash ?? hash(''));
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
    return succeed({ ...credentials.value, method: 'client_secret_basic' });
  }
  if (body.clientId === undefined) return fail('client_missing');
  const method = body.clientSecret === undefined ? 'none' : 'client_secret_post';
  return succeed({ clientId: body.clientId, method, clientSecret: body.clientSecret });
}
