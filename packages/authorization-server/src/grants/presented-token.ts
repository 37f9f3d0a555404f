import { type EpochSeconds, fail, type ResourceIdentifier, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { OwnAccessToken, OwnAccessTokenFailure } from './own-access-token.js';
import { isRefreshToken } from './refresh-token-secret.js';

/** An access token that somebody asked about. */
export interface PresentedAccessToken extends OwnAccessToken {
  readonly kind: 'access_token';
}

/** A refresh token that somebody asked about: whose it is. Its state is for `findByRefreshToken` and `rotate` alone. */
export interface PresentedRefreshToken {
  readonly kind: 'refresh_token';
  readonly subject: string;
  readonly clientId: string;
  readonly resource: ResourceIdentifier;
  readonly grantId: string;
}

/** A token of this issuer, whoever presents it. */
export type PresentedToken = PresentedAccessToken | PresentedRefreshToken;

/** Why a text is no token to go by. */
export type PresentedTokenFailure = OwnAccessTokenFailure | 'refresh_token_unknown';

/**
 * Finds the token that a request is about, by its form: a refresh token by its hash, anything else as an access token.
 * A refresh token is found whatever became of it; an access token only while it has not expired at `now`.
 *
 * @param issuedBy - as with `OwnAccessTokens.read`
 */
export async function findPresentedToken(
  core: Core,
  text: string,
  now: EpochSeconds,
  issuedBy?: EpochSeconds,
): Promise<Result<PresentedToken, PresentedTokenFailure>> {
  if (!isRefreshToken(text)) {
    const accessToken = await core.ownAccessTokens.read(text, now, issuedBy);
    return accessToken.ok ? succeed({ kind: 'access_token', ...accessToken.value }) : accessToken;
  }
  const { platform, storage } = core.ports;
  const found = await storage.grants.findByRefreshToken(core.settings.tenantId, platform.hash(text));
  if (found === undefined) return fail('refresh_token_unknown');
  const { subject, clientId, resource, grantId } = found.grant;
  return succeed({ kind: 'refresh_token', subject, clientId, resource, grantId });
}
