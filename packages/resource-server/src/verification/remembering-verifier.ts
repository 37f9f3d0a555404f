import type { Platform } from '@portcullis/ports';
import { fail, type Sha256, succeed } from '@portcullis/protocol';
import { LRUCache } from 'lru-cache';
import type { VerifiedAccessToken } from '../access-token.js';
import type { AccessTokenVerifier, Verification } from '../access-token-verifier.js';
import type { RevocationFollower } from '../revocation-follower.js';
import { MAX_TOKEN_LENGTH } from './signed-token.js';
import type { Finding, TokenJudge } from './token-judge.js';
import { DEFAULT_CLOCK_TOLERANCE_SECONDS } from './token-times.js';

/** How {@link createRememberingVerifier} remembers. */
export interface RememberingVerifierOptions {
  readonly platform: Pick<Platform, 'clock' | 'hash'>;
  /** @defaultValue nothing is revoked: a token is good until it expires */
  readonly revocations?: Pick<RevocationFollower, 'isBlind' | 'isRevoked'>;
  /** Accepted skew on `exp`. @defaultValue 30 */
  readonly clockToleranceSeconds?: number;
  /** How many verified tokens are remembered. Refused ones never are. @defaultValue 10000 */
  readonly cacheSize?: number;
}

/** A token that was found good, and whether what that rests on still holds. */
interface Remembered {
  readonly accessToken: VerifiedAccessToken;
  readonly stillHolds: () => boolean;
}

/**
 * Has each access token judged once and remembers it, by its hash, until it expires, its key is withdrawn, or the answer
 * about it is too old. Callers that bring the same new token at once share one judgement. Remembered or not, every token is
 * held against expiry and the revocation marks, each time. While revocations are not heard of, only remembered tokens are
 * good: one that comes up for the first time may have been revoked already.
 *
 * Nothing is kept of a token that was refused.
 */
export function createRememberingVerifier(judge: TokenJudge, options: RememberingVerifierOptions): AccessTokenVerifier {
  const { clock, hash } = options.platform;
  const { revocations } = options;
  const tolerance = options.clockToleranceSeconds ?? DEFAULT_CLOCK_TOLERANCE_SECONDS;
  const remembered = new LRUCache<Sha256, Remembered>({ max: options.cacheSize ?? 10_000 });
  const underWay = new Map<Sha256, Promise<Verification>>();

  function holdAgainstNow(key: Sha256, accessToken: VerifiedAccessToken): Verification {
    if (accessToken.expiresAtEpochSeconds + tolerance <= clock.nowEpochSeconds()) {
      remembered.delete(key);
      return fail({ reason: 'expired' });
    }
    return revocations?.isRevoked(accessToken) === true ? fail({ reason: 'revoked' }) : succeed(accessToken);
  }

  function conclude(key: Sha256, { verification, stillHolds, isFinal }: Finding): Verification {
    if (!verification.ok || isFinal === true) return verification;
    if (revocations?.isBlind() === true) return fail({ reason: 'revocation_blind' });
    if (stillHolds !== undefined) remembered.set(key, { accessToken: verification.value, stillHolds });
    return holdAgainstNow(key, verification.value);
  }

  async function judgeOnce(key: Sha256, accessToken: string): Promise<Verification> {
    try {
      return conclude(key, await judge(accessToken, key));
    } finally {
      underWay.delete(key);
    }
  }

  return {
    verify(accessToken) {
      if (accessToken.length > MAX_TOKEN_LENGTH) return fail({ reason: 'too_long' });
      const key = hash(accessToken);
      const known = remembered.get(key);
      if (known !== undefined) {
        if (known.stillHolds()) return holdAgainstNow(key, known.accessToken);
        remembered.delete(key);
      }
      let verification = underWay.get(key);
      if (verification === undefined) {
        verification = judgeOnce(key, accessToken);
        underWay.set(key, verification);
      }
      return verification;
    },
  };
}
