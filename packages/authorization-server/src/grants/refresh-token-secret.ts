import { type Platform, randomSecret, type StoredRefreshToken } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/** What a refresh token starts with, for secret scanners and for people. */
const REFRESH_TOKEN_PREFIX = 'pcr_';

/** Whether a text has the form of a refresh token. */
export function isRefreshToken(text: string): boolean {
  return text.startsWith(REFRESH_TOKEN_PREFIX);
}

/** A new refresh token and the row that stands for it. */
export interface NewRefreshToken {
  readonly refreshToken: string;
  readonly stored: StoredRefreshToken;
}

/** Makes a refresh token that dies when idle, and never later than its grant. */
export function createRefreshToken(
  platform: Platform,
  grant: { readonly grantId: string; readonly expiresAtEpochSeconds: EpochSeconds },
  idleSeconds: number,
  now: EpochSeconds,
): NewRefreshToken {
  const refreshToken = randomSecret(platform.random, REFRESH_TOKEN_PREFIX);
  return {
    refreshToken,
    stored: {
      tokenHash: platform.hash(refreshToken),
      grantId: grant.grantId,
      expiresAtEpochSeconds: Math.min(now + idleSeconds, grant.expiresAtEpochSeconds),
    },
  };
}
