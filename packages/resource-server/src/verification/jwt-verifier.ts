import type { Clock } from '@portcullis/ports';
import { fail, type Issuer, type ResourceIdentifier } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';
import type { TokenRules } from '../issuers/trusted-issuer.js';
import type { VerificationKey, VerificationKeys } from '../keys/verification-keys.js';
import { applyRules } from './apply-rules.js';
import { isSignedBy } from './signature.js';
import { checkTokenHeader, readTokenText, type SignedToken } from './signed-token.js';
import type { Finding } from './token-judge.js';
import { checkTokenTimes, DEFAULT_CLOCK_TOLERANCE_SECONDS } from './token-times.js';

/** What a token has to agree with. None of it is optional: a check that can be left out will be. */
export interface JwtVerifierOptions {
  readonly issuer: Issuer;
  readonly resource: ResourceIdentifier;
  /** Algorithms, types and the meaning of claims. The token's own header never widens these. */
  readonly rules: TokenRules;
  readonly keys: VerificationKeys;
  readonly clock: Clock;
  /** Accepted skew on `exp`, `nbf` and `iat`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
}

/** Verifies JWT access tokens of one issuer. Never rejects. */
export interface JwtVerifier {
  verify(accessToken: string): Promise<Finding>;
  /** The same for a token that was read already. */
  verifyRead(accessToken: string, token: SignedToken): Promise<Finding>;
}

/**
 * Verifies JWT access tokens of one issuer for one resource (RFC 9068 §4, RFC 8725), in this order: length and parts; the
 * header, by the rules; `iss`, exactly; the key, of this issuer, by `kid` and `alg`; the signature; `exp`, `iat` and `nbf`;
 * what the rules read, the recipient first among it. Keys that the header brings or points at are never looked at.
 *
 * Does not check scopes or revocation, and remembers nothing.
 *
 * @throws {TypeError} when built without a resource or an issuer
 */
export function createJwtVerifier(options: JwtVerifierOptions): JwtVerifier {
  const { issuer, resource, rules, keys, clock } = options;
  if (!resource || !issuer) throw new TypeError('A verifier needs a resource and an issuer');
  const clockToleranceSeconds = options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS;

  async function verifyRead(
    accessToken: string,
    { header: members, claims, signature }: SignedToken,
  ): Promise<Finding> {
    const header = checkTokenHeader(members, rules);
    if (!header.ok) return { verification: header };
    if (claims['iss'] !== issuer) return refused({ reason: 'wrong_issuer' });
    const { keyId, algorithm } = header.value;
    const found = await keys.find(keyId, algorithm);
    if (found === 'unavailable') return refused({ reason: 'keys_unavailable' });
    // A key of another algorithm is another key: the header may name one, and never how it is used (RFC 8725 §3.1).
    const candidates = found.filter((key) => key.algorithm === algorithm);
    if (candidates.length === 0) return refused({ reason: 'unknown_key' });
    const key = await findSigner(accessToken, signature, candidates);
    if (key === undefined) return refused({ reason: 'bad_signature' });
    const times = checkTokenTimes(claims, { nowEpochSeconds: clock.nowEpochSeconds(), clockToleranceSeconds });
    if (!times.ok) return { verification: times };
    return {
      verification: applyRules(rules, claims, { issuer, resource, header: header.value }, times.value),
      stillHolds: () => keys.stillHas(key),
    };
  }

  return {
    verify: async (accessToken) => {
      const text = readTokenText(accessToken);
      if (text.kind === 'signed') return verifyRead(accessToken, text.token);
      return refused(text.kind === 'refused' ? text.failure : { reason: 'malformed' });
    },
    verifyRead,
  };
}

/** The key whose signature it is. Several of one id are the issuer's mistake, and no reason to refuse its tokens. */
async function findSigner(
  accessToken: string,
  signature: Uint8Array<ArrayBuffer>,
  candidates: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  for (const key of candidates) {
    if (await isSignedBy(accessToken, signature, key)) return key;
  }
  return undefined;
}

function refused(failure: AccessTokenFailure): Finding {
  return { verification: fail(failure) };
}
