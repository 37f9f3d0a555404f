import type { Hash } from '@portcullis/ports';
import {
  fail,
  isBasicAuthorization,
  type OauthParameters,
  parseBasicCredentials,
  parseClientAuthenticationParameters,
  type Result,
  type Sha256,
  succeed,
} from '@portcullis/protocol';
import type { ClientSecretMethod } from '../clients/client-secret-methods.js';
import { equalsInConstantTime } from '../constant-time.js';
import type { RefusalReason } from '../refusals.js';

/** What a caller shows for itself, by the method it used (OAuth 2.1 §2.4). Nothing of it is proven. */
export type PresentedCredentials =
  | {
      readonly method: ClientSecretMethod;
      readonly id: string;
      /** Spellings of the one secret that was presented: as decoded, and as sent. */
      readonly secrets: readonly string[];
    }
  | { readonly method: 'none'; readonly id: string }
  | {
      readonly method: 'private_key_jwt';
      /** May stay away: the assertion names the client (RFC 7521 §4.2). */
      readonly id: string | undefined;
      /** As it came; not parsed. `undefined` when it is not said to be a JWT (RFC 7523 §2.2). */
      readonly assertion: string | undefined;
    };

/**
 * Reads the credentials of a request to an endpoint of ours: of a client (OAuth 2.1 §2.4), or of a resource server
 * (RFC 7662 §2.1). By HTTP Basic, in the body or by an assertion, never by two of them. Does not know whether the id
 * exists, nor which methods are open to it.
 */
export function readPresentedCredentials(
  authorization: string | null,
  parameters: OauthParameters,
): Result<PresentedCredentials, RefusalReason> {
  const body = parseClientAuthenticationParameters(parameters);
  const mechanisms = [authorization !== null, body.clientSecret !== undefined, body.hasAssertion];
  if (mechanisms.filter(Boolean).length > 1) return fail('client_methods_combined');
  if (authorization !== null) return readBasic(authorization, body.clientId);
  if (body.hasAssertion) {
    return succeed({ method: 'private_key_jwt', id: body.clientId, assertion: body.clientAssertion });
  }
  if (body.clientId === undefined) return fail('client_missing');
  return body.clientSecret === undefined
    ? succeed({ method: 'none', id: body.clientId })
    : succeed({ method: 'client_secret_post', id: body.clientId, secrets: [body.clientSecret] });
}

function readBasic(authorization: string, idInBody: string | undefined): Result<PresentedCredentials, RefusalReason> {
  if (!isBasicAuthorization(authorization)) return fail('client_method_unsupported');
  const basic = parseBasicCredentials(authorization);
  if (!basic.ok) return basic;
  const { clientId, clientSecret, clientSecretAsSent } = basic.value;
  if (idInBody !== undefined && idInBody !== clientId) return fail('client_id_mismatch');
  // Always two, so that the work does not tell which spelling was right.
  const secrets = [clientSecret ?? clientSecretAsSent, clientSecretAsSent];
  return succeed({ method: 'client_secret_basic', id: clientId, secrets });
}

/**
 * Whether one of the spellings of a presented secret is the secret whose hash is stored. Every spelling is hashed and
 * compared in constant time, also when one before it was right. Where nothing is stored, because nobody has this id or
 * whoever has it proves itself otherwise, the same work is done against the hash of the empty text, and the answer is
 * no: how long a refusal takes must not tell which ids exist.
 */
export function provesSecret(hash: Hash, secrets: readonly string[], storedHash: Sha256 | undefined): boolean {
  // Made for every caller, so that an unknown id does not cost one hash more than a known one.
  const hashOfNobody = hash('');
  const matches = secrets.map((secret) => equalsInConstantTime(hash(secret), storedHash ?? hashOfNobody));
  return storedHash !== undefined && matches.includes(true);
}
