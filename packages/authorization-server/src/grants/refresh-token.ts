import type { FoundRefreshToken } from '@portcullis/ports';
import {
  type EpochSeconds,
  fail,
  parseRefreshTokenRequest,
  parseScope,
  type RefreshTokenRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { hasBecomeWeaker } from '../checks/client-strength.js';
import { namesOnly } from '../checks/resource.js';
import { checkRefreshedScope } from '../checks/scope.js';
import { hasBecomeAnother } from '../clients/client-fingerprint.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { checkRefreshKey } from './bound-refresh-token.js';
import { endForCopy } from './end-for-copy.js';
import { createSuccessor, deriveSuccessor } from './refresh-token-secret.js';
import type { TokenGrant, TokenRequest } from './token-grant.js';

/**
 * The refresh token grant (OAuth 2.1 §4.3). Client, its key, grant, expiry, user, resource and scope are checked first and
 * rotate nothing when they fail; but one that was rotated and comes back outside the grace ends its grant whatever else is
 * asked for with it, in a request that can be read at all and whose client and key are proven. Every success rotates. The
 * successor is made from the predecessor and a salt that is stored, so that a client that lost the answer gets the same one again
 * within the grace, and the store alone can make none.
 */
export const refreshTokenGrant: TokenGrant = {
  grantType: 'refresh_token',
  credentialParameter: 'refresh_token',
  async exchange(core, { parameters, client, context, proofKey, useProofFor }) {
    const { platform, storage } = core.ports;
    const { tenantId, lifetimes, markLifetimeSeconds } = core.settings;
    const request = parseRefreshTokenRequest(parameters);
    if (!request.ok) return fail({ reason: request.failure });
    const now = platform.clock.nowEpochSeconds();
    const presented = request.value.refreshToken;
    const tokenHash = platform.hash(presented);
    const found = await storage.grants.findByRefreshToken(tenantId, tokenHash);
    const checked = await checkRefresh(core, found, request.value, { client, proofKey }, now);
    if (!checked.ok) {
      const known = found === undefined ? {} : { grantId: found.grant.grantId, subject: found.grant.subject };
      return fail({ reason: checked.failure, ...known });
    }

    const { grant, scopes } = checked.value;
    const { grantId, subject, resource, authenticatedAtEpochSeconds } = grant;
    const proofProblem = await useProofFor(resource);
    if (proofProblem !== undefined) return fail({ reason: proofProblem, grantId, subject });
    const { clientId, clientName } = client;
    const reused = core.trail.event(context, 'refresh_token.reuse_detected', 'refused', {
      clientId,
      clientName,
      subject,
      grantId,
      resource,
      reason: 'refresh_token_reused',
    });
    // Nothing is signed for it: it ends its grant with the signer away as well.
    if (scopes === undefined)
      return endForCopy(core, reused, { reason: 'refresh_token_reused', grantId, subject }, now);
    const ends = { grant, idleSeconds: lifetimes.refreshIdleSeconds, now };
    const successor = createSuccessor(platform, presented, ends);
    // A narrower scope narrows this access token alone; the grant keeps what was consented to (OAuth 2.1 §4.3.1).
    const facts = { subject, clientId, resource, scopes, grantId, authenticatedAtEpochSeconds, proofKey };
    const accessToken = await core.accessTokens.issue(facts, now);

    const { accessTokenId } = accessToken;
    const grantType = 'refresh_token';
    const issued = { clientId, clientName, subject, grantId, resource, scopes, accessTokenId, grantType };
    const events = {
      rotated: core.trail.event(context, 'refresh_token.rotated', 'allowed', issued),
      repeated: core.trail.event(context, 'refresh_token.repeated', 'allowed', issued),
      reused,
    };
    const rotation = await storage.grants.rotate(
      tenantId,
      {
        tokenHash,
        successor: successor.stored,
        successorSalt: successor.salt,
        graceSeconds: lifetimes.refreshGraceSeconds,
        markLifetimeSeconds,
      },
      now,
      events,
    );
    switch (rotation.outcome) {
      case 'rotated':
        core.trail.record(events.rotated);
        return succeed({ accessToken, scopes, refreshToken: successor.refreshToken });
      case 'repeated': {
        const refreshToken = deriveSuccessor(platform, presented, rotation.successorSalt);
        const isKept = (await storage.grants.findByRefreshToken(tenantId, platform.hash(refreshToken))) !== undefined;
        if (!isKept) return fail({ reason: 'successor_unreadable', grantId, subject });
        core.trail.record(events.repeated);
        return succeed({ accessToken, scopes, refreshToken });
      }
      case 'reused':
        core.trail.record(events.reused);
        return fail({ reason: 'refresh_token_reused', grantId, subject, recorded: true });
      case 'refused':
        return fail({ reason: 'refresh_token_gone', grantId, subject });
    }
  },
};

/** What may be refreshed: undefined scopes are a reused token's, which brings nothing but the end of its grant. */
interface CheckedRefresh {
  readonly grant: FoundRefreshToken['grant'];
  readonly scopes: readonly string[] | undefined;
}

/** Whether a refresh token was rotated, and may not be repeated: the grace is over, or is that of a clock which was ahead. */
function isReused({ rotated }: FoundRefreshToken, graceSeconds: number, now: EpochSeconds): boolean {
  return rotated !== undefined && (rotated.successorUsed || Math.abs(now - rotated.atEpochSeconds) >= graceSeconds);
}

async function checkRefresh(
  core: Core,
  found: FoundRefreshToken | undefined,
  request: RefreshTokenRequest,
  { client, proofKey }: Pick<TokenRequest, 'client' | 'proofKey'>,
  now: EpochSeconds,
): Promise<Result<CheckedRefresh, RefusalReason>> {
  if (found === undefined) return fail('refresh_token_unknown');
  const { grant } = found;
  if (grant.clientId !== client.clientId) return fail('refresh_token_of_other_client');
  if (hasBecomeWeaker(grant.clientAuthMethod, client.tokenEndpointAuthMethod)) return fail('client_became_weaker');
  const wrongKey = checkRefreshKey(grant, client, proofKey);
  if (wrongKey !== undefined) return fail(wrongKey);
  if (found.revoked) return fail('grant_revoked');
  if (hasBecomeAnother(grant, client, core.ports.platform.hash)) return fail('client_became_another');
  if (grant.expiresAtEpochSeconds <= now) return fail('grant_expired');
  // It stays reuse whatever comes between. Whoever has a copy is not let off for asking too much.
  if (isReused(found, core.settings.lifetimes.refreshGraceSeconds, now)) return succeed({ grant, scopes: undefined });
  if (found.rotated === undefined && found.expiresAtEpochSeconds <= now) return fail('refresh_token_expired');
  if (found.userGone) return fail('user_gone');
  const resource = await core.resources.find(grant.resource);
  if (resource === undefined) return fail('resource_gone');
  if (!namesOnly(request.resources, grant.resource)) return fail('resource_mismatch');
  const asked = request.scope === undefined ? succeed(undefined) : parseScope(request.scope);
  if (!asked.ok) return asked;
  const scopes = checkRefreshedScope(asked.value, grant.scopes, resource, client);
  return scopes.ok ? succeed({ grant, scopes: scopes.value }) : scopes;
}
