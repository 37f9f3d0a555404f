import type { EpochSeconds } from '@portcullis/protocol';
import type { TokenSet } from '../stores/records.js';
import type { SdkTokens } from './sdk-shapes.js';

/** Tokens that are kept, as an SDK reads them. */
export function sdkTokens(tokens: TokenSet, now: EpochSeconds): SdkTokens {
  const { accessToken, tokenType, refreshToken, expiresAtEpochSeconds, scopes, dpopKey, issuer } = tokens;
  return {
    access_token: accessToken,
    token_type: tokenType,
    ...(expiresAtEpochSeconds === undefined ? {} : { expires_in: Math.max(0, expiresAtEpochSeconds - now) }),
    // One that is bound to a key could not be used by an SDK, which does not have it.
    ...(refreshToken === undefined || dpopKey !== undefined ? {} : { refresh_token: refreshToken }),
    ...(scopes.length === 0 ? {} : { scope: scopes.join(' ') }),
    issuer,
  };
}
