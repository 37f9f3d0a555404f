import { base64Url, type Platform, randomSecret, type StoredRefreshToken } from '@portcullis/ports';
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

/** Ends when idle, and never later than its grant. */
interface Ends {
  readonly grant: { readonly grantId: string; readonly expiresAtEpochSeconds: EpochSeconds };
  readonly idleSeconds: number;
  readonly now: EpochSeconds;
}

/** Makes the first refresh token of a grant. */
export function createRefreshToken(platform: Platform, ends: Ends): NewRefreshToken {
  return withRow(platform, randomSecret(platform.random, REFRESH_TOKEN_PREFIX), ends);
}

/** Makes the successor of `predecessor`, and the salt that it can be made from again. */
export function createSuccessor(
  platform: Platform,
  predecessor: string,
  ends: Ends,
): NewRefreshToken & { readonly salt: string } {
  const salt = base64Url(platform.random.bytes(32));
  return { salt, ...withRow(platform, deriveSuccessor(platform, predecessor, salt), ends) };
}

/**
 * The successor of `predecessor` by its salt. The store has the salt and no token, whoever holds the predecessor has no
 * salt; it takes both. One-step key derivation (NIST SP 800-56C §4, SHA-256) from a token of 256 random bits, which is
 * unique, so the salt stands in no other derivation.
 */
export function deriveSuccessor(platform: Platform, predecessor: string, salt: string): string {
  return REFRESH_TOKEN_PREFIX + platform.hash(`\0\0\0\x01${predecessor}\0portcullis refresh successor\0${salt}`);
}

function withRow(platform: Platform, refreshToken: string, { grant, idleSeconds, now }: Ends): NewRefreshToken {
  return {
    refreshToken,
    stored: {
      tokenHash: platform.hash(refreshToken),
      grantId: grant.grantId,
      expiresAtEpochSeconds: Math.min(now + idleSeconds, grant.expiresAtEpochSeconds),
    },
  };
}
