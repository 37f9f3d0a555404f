import { fail, type Result, succeed } from '@portcullis/protocol';
import type { PendingAuthorization } from './authorization-request.js';
import { wordsOfServer } from './words-of-server.js';

/** Why a response is not acted on. */
export type AuthorizationResponseFailure =
  /** Its `state` is none, or another: it is no response to this request. */
  | { readonly kind: 'not_ours' }
  /** It comes from another authorization server, or does not say from which (RFC 9207 §2.4). */
  | { readonly kind: 'issuer_mismatch' }
  /** A parameter is there twice, or no code is. */
  | { readonly kind: 'malformed' }
  /** The server says no. `error` is its code, where that is well formed; `description` what it says of it, cleaned. */
  | { readonly kind: 'refused'; readonly error: string | undefined; readonly description: string | undefined };

const SINGLE = ['code', 'state', 'iss', 'error', 'error_description'] as const;

/**
 * Checks an authorization response against its request (OAuth 2.1 §4.1.2, RFC 9207 §2.4). Nothing of a response that is
 * not ours, or not of this issuer, is looked at: not its error either.
 *
 * | server says it sends `iss` | `iss` in the response | |
 * |---|---|---|
 * | yes | equal | accepted |
 * | yes | missing | refused |
 * | yes or no | different | refused |
 * | no | equal | accepted |
 * | no | missing | accepted |
 *
 * Equal means the same characters: a slash, a port or a letter's case makes another issuer.
 */
export function checkAuthorizationResponse(
  pending: Pick<PendingAuthorization, 'state' | 'server'>,
  parameters: URLSearchParams,
): Result<string, AuthorizationResponseFailure> {
  const states = parameters.getAll('state');
  if (states.length !== 1 || states[0] !== pending.state) return fail({ kind: 'not_ours' });
  if (SINGLE.some((name) => parameters.getAll(name).length > 1)) return fail({ kind: 'malformed' });
  const iss = parameters.get('iss');
  const { issuer, isIssParameterSupported } = pending.server;
  if (iss === null ? isIssParameterSupported : iss !== issuer) return fail({ kind: 'issuer_mismatch' });
  const error = parameters.get('error');
  if (error !== null) {
    const description = wordsOfServer(parameters.get('error_description'));
    return fail({ kind: 'refused', error: /^[a-z_]{1,64}$/.test(error) ? error : undefined, description });
  }
  const code = parameters.get('code');
  return code === null || code === '' ? fail({ kind: 'malformed' }) : succeed(code);
}
