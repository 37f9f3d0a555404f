import { type EpochSeconds, fail, type JsonObject, type Result, succeed } from '@portcullis/protocol';
import type { AccessTokenFailure } from '../access-token.js';

/** Skew that is accepted on `exp`, `nbf` and `iat` where nothing else is said. */
export const DEFAULT_CLOCK_TOLERANCE_SECONDS = 30;

/** When a token was issued, and until when it is good. */
export interface TokenTimes {
  readonly issuedAtEpochSeconds: EpochSeconds;
  readonly expiresAtEpochSeconds: EpochSeconds;
}

/** What {@link checkTokenTimes} goes by. */
export interface TokenTimesOptions {
  readonly nowEpochSeconds: EpochSeconds;
  /** Accepted skew on `exp`, `nbf` and `iat`. */
  readonly clockToleranceSeconds: number;
  /** What stands for claims that are not there. @defaultValue nothing: `exp` and `iat` have to be */
  readonly absent?: TokenTimes;
}

/** Checks `exp`, `iat` and `nbf` (RFC 7519 §4.1.4–6, RFC 9068 §2.2): whole seconds that are not negative. */
export function checkTokenTimes(
  claims: JsonObject,
  { nowEpochSeconds: now, clockToleranceSeconds: tolerance, absent }: TokenTimesOptions,
): Result<TokenTimes, AccessTokenFailure> {
  const { exp = absent?.expiresAtEpochSeconds, iat = absent?.issuedAtEpochSeconds, nbf } = claims;
  if (!isTime(exp)) return fail({ reason: 'claim_malformed', claim: 'exp' });
  if (!isTime(iat)) return fail({ reason: 'claim_malformed', claim: 'iat' });
  if (nbf !== undefined && !isTime(nbf)) return fail({ reason: 'claim_malformed', claim: 'nbf' });
  if (exp + tolerance <= now) return fail({ reason: 'expired' });
  if (iat - tolerance > now || (nbf !== undefined && nbf - tolerance > now)) return fail({ reason: 'not_yet_valid' });
  return succeed({ issuedAtEpochSeconds: iat, expiresAtEpochSeconds: exp });
}

function isTime(value: unknown): value is EpochSeconds {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
