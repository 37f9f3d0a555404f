import type { Issuer } from '@portcullis/protocol';
import type { TokenVerification, TrustedIssuer } from '../issuers/trusted-issuer.js';
import { ACCESS_TOKEN_TYPES } from './claim-rules.js';
import { requireIssuer } from './preset-options.js';
import { readRfc9068Claims } from './rfc9068-claims.js';

/** What {@link rfc9068} is made from. */
export interface Rfc9068Options {
  readonly issuer: Issuer;
  /** @defaultValue by signature, with the keys that the issuer's metadata name */
  readonly verification?: TokenVerification;
}

/** The asymmetric algorithms of RFC 7518 §3.1 and RFC 8037 that an authorization server may sign with. */
const ASYMMETRIC_ALGORITHMS: readonly string[] = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
];

/**
 * An authorization server whose access tokens are JWTs by RFC 9068. What a bare issuer stands for.
 *
 * `typ` is `at+jwt`; `aud` names the resource; `sub`, `client_id` and `jti` are there (§2.2); scopes are the words of
 * `scope` (§2.2.3); `roles` are permissions and `groups` are groups (§2.2.3.1), where they are arrays of texts. A token
 * that is bound to a key by its thumbprint (`cnf.jkt`, RFC 9449 §6.1) needs the proof; bound otherwise it is refused.
 *
 * @throws {TypeError} when the issuer is not a URL that can be one
 */
export function rfc9068(options: Issuer | Rfc9068Options): TrustedIssuer {
  const { issuer, verification = { method: 'signature' } }: Rfc9068Options =
    typeof options === 'string' ? { issuer: options } : (options ?? {});
  return {
    issuer: requireIssuer('rfc9068', issuer),
    verification,
    rules: {
      preset: 'rfc9068',
      algorithms: ASYMMETRIC_ALGORITHMS,
      types: ACCESS_TOKEN_TYPES,
      recipientProof: 'audience',
      takesBoundTokens: true,
      readClaims: readRfc9068Claims,
    },
  };
}
