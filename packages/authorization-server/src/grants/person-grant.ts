import type { Client, Grant } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';
import type { Core } from '../core.js';
import type { IssuedAccessToken } from './access-token.js';
import { bindRefreshTokens } from './bound-refresh-token.js';
import { createRefreshToken } from './refresh-token-secret.js';

/** What a person let a client do, before anything is made of it. */
export type ApprovedFacts = Omit<
  Grant,
  'tenantId' | 'clientId' | 'dpopKeyThumbprint' | 'createdAtEpochSeconds' | 'expiresAtEpochSeconds'
>;

/** A grant that is about to be stored, and what its client gets with it. */
export interface PersonGrant {
  readonly grant: Grant;
  readonly accessToken: IssuedAccessToken;
  /** Undefined for a client that may not refresh. */
  readonly refresh: ReturnType<typeof createRefreshToken> | undefined;
}

/**
 * Makes the grant of what a person approved, with its access token and its first refresh token: all of it bound to the key that
 * the request proved, as far as it can be (RFC 9449 §5). Stores nothing: the act that redeems what was
 * approved does.
 *
 * @throws {SigningUnavailableError} when there is no signature to be had now
 */
export async function makePersonGrant(
  core: Core,
  client: Client,
  facts: ApprovedFacts,
  proofKey: string | undefined,
  now: EpochSeconds,
): Promise<PersonGrant> {
  const { tenantId, lifetimes } = core.settings;
  const grant: Grant = {
    ...facts,
    tenantId,
    clientId: client.clientId,
    ...bindRefreshTokens(client, proofKey),
    createdAtEpochSeconds: now,
    expiresAtEpochSeconds: now + lifetimes.refreshAbsoluteSeconds,
  };
  const refresh = client.grantTypes.includes('refresh_token')
    ? createRefreshToken(core.ports.platform, { grant, idleSeconds: lifetimes.refreshIdleSeconds, now })
    : undefined;
  return { grant, refresh, accessToken: await core.accessTokens.issue({ ...grant, proofKey }, now) };
}
