import type { Platform } from '@portcullis/ports';
import { fail, succeed } from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import type { VerifiedAccessToken } from './access-token.js';
import { createJwtVerifier, type JwtVerifierOptions, type Verification } from './jwt-verifier.js';
import type { RevocationFollower } from './revocation-follower.js';

/** Decides whether an access token is good here and now. */
export interface AccessTokenVerifier {
  /** Answers at once for a token that was verified before, by a promise otherwise. */
  verify(accessToken: string): Verification | Promise<Verification>;
}

/** How {@link createAccessTokenVerifier} verifies. */
export interface AccessTokenVerifierOptions extends Omit<JwtVerifierOptions, 'clock'> {
  readonly platform: Platform;
  readonly revocations: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
  /** How many verified tokens are remembered. Refused ones never are. @defaultValue 10000 */
  readonly cacheSize?: number;
}

/**
 * Verifies each access token once and remembers it by its hash until it expires. Callers that bring the same new token
 * at once share one verification. Remembered or not, every token is held against expiry and the revocation marks, each
 * time. While revocations are not heard of, only remembered tokens are good: one that comes up for the first time may
 * have been revoked already.
 */
export function createAccessTokenVerifier(options: AccessTokenVerifierOptions): AccessTokenVerifier {
  const { clock, hash } = options.platform;
  const tolerance = options.clockToleranceSeconds ?? 30;
  const verifyJwt = createJwtVerifier({ ...options, clock });
  const verified = new LRUCache<string, VerifiedAccessToken>({ max: options.cacheSize ?? 10_000 });
  const underWay = new Map<string, Promise<Verification>>();

  function holdAgainstNow(key: string, accessToken: VerifiedAccessToken): Verification {
    if (accessToken.expiresAtEpochSeconds + tolerance <= clock.nowEpochSeconds()) {
      verified.delete(key);
      return fail({ reason: 'expired' });
    }
    return options.revocations.isRevoked(accessToken) ? fail({ reason: 'revoked' }) : succeed(accessToken);
  }

  async function verifyOnce(key: string, accessToken: string): Promise<Verification> {
    try {
      const verification = await verifyJwt(accessToken);
      if (!verification.ok) return verification;
      if (options.revocations.isBlind()) return fail({ reason: 'revocation_blind' });
      verified.set(key, verification.value);
      return holdAgainstNow(key, verification.value);
    } finally {
      underWay.delete(key);
    }
  }

  return {
    verify(accessToken) {
      const key = hash(accessToken);
      const known = verified.get(key);
      if (known !== undefined) return holdAgainstNow(key, known);
      let verification = underWay.get(key);
      if (verification === undefined) {
        verification = verifyOnce(key, accessToken);
        underWay.set(key, verification);
      }
      return verification;
    },
  };
}
