import type { AuthorizationCode, FoundAuthorizationCode } from '@portcullis/ports';
import {
  type AuthorizationCodeTokenRequest,
  type EpochSeconds,
  fail,
  parseAuthorizationCodeTokenRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { hasBecomeWeaker } from '../checks/client-strength.js';
import { namesOnly } from '../checks/resource.js';
import { keepGrantableScopes } from '../checks/scope.js';
import { checkSubject } from '../checks/subject.js';
import { boundDescription, hasBecomeAnother } from '../clients/client-fingerprint.js';
import { equalsInConstantTime } from '../constant-time.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { endForCopy } from './end-for-copy.js';
import { makePersonGrant } from './person-grant.js';
import type { TokenGrant, TokenRequest } from './token-grant.js';

/**
 * The authorization code grant (OAuth 2.1 §4.1.3). Every fact is checked first and consumes nothing when it fails;
 * then the access token is signed; then one storage act decides who redeems, and writes grant and refresh token with
 * it. A replay whose facts are all good is valid in all respects: it ends the grant, after the expiry of the code as well, for
 * as long as the store keeps it.
 */
export const authorizationCodeGrant: TokenGrant = {
  grantType: 'authorization_code',
  credentialParameter: 'code',
  async exchange(core, { parameters, client, context, proofKey, useProofFor }) {
    const { platform, storage } = core.ports;
    const { tenantId, markLifetimeSeconds } = core.settings;
    const request = parseAuthorizationCodeTokenRequest(parameters);
    if (!request.ok) return fail({ reason: request.failure });
    const now = platform.clock.nowEpochSeconds();
    const codeHash = platform.hash(request.value.code);
    const code = await storage.codes.find(tenantId, codeHash);
    const checked = await checkCode(core, code, request.value, { client, proofKey }, now);
    if (!checked.ok) return fail({ reason: checked.failure, ...(code === undefined ? {} : known(code)) });
    const proofProblem = await useProofFor(checked.value.resource);
    if (proofProblem !== undefined) return fail({ reason: proofProblem, ...known(checked.value) });

    const { grantId, subject, resource, scopes } = checked.value;
    const details = { clientId: client.clientId, clientName: client.clientName, subject, grantId, resource, scopes };
    const replayed = core.trail.event(context, 'authorization_code.replayed', 'refused', {
      ...details,
      reason: 'code_replayed',
    });
    // Nothing is signed for it: it ends its grant with the signer away as well.
    if (checked.value.redeemed) return endForCopy(core, replayed, { reason: 'code_replayed', grantId, subject }, now);
    const facts = {
      grantId,
      subject,
      resource,
      scopes,
      clientAuthMethod: checked.value.clientAuthMethod,
      ...boundDescription(checked.value),
      authenticatedAtEpochSeconds: checked.value.authenticatedAtEpochSeconds,
    };
    const { grant, refresh, accessToken } = await makePersonGrant(core, client, facts, proofKey, now);

    const events = {
      redeemed: core.trail.event(context, 'authorization_code.redeemed', 'allowed', {
        ...details,
        accessTokenId: accessToken.accessTokenId,
        grantType: 'authorization_code',
      }),
      replayed,
    };
    const { outcome } = await storage.codes.redeem(
      tenantId,
      codeHash,
      grant,
      refresh?.stored,
      now,
      markLifetimeSeconds,
      events,
    );
    switch (outcome) {
      case 'redeemed':
        core.trail.record(events.redeemed);
        return succeed({ accessToken, scopes, refreshToken: refresh?.refreshToken });
      case 'replayed':
        core.trail.record(events.replayed);
        return fail({ reason: 'code_replayed', ...known(checked.value), recorded: true });
      case 'refused':
        return fail({ reason: 'code_gone', ...known(checked.value) });
    }
  },
};

function known(code: AuthorizationCode): { readonly grantId: string; readonly subject: string } {
  return { grantId: code.grantId, subject: code.subject };
}

/**
 * In this order: whose code, and whether that client is as hard to pass for as it was; what was proven, by which key, whether
 * in time, for whom, what is asked for. Yields the code with the scopes that may still be granted, and one that was redeemed as it is.
 */
async function checkCode(
  core: Core,
  code: FoundAuthorizationCode | undefined,
  request: AuthorizationCodeTokenRequest,
  { client, proofKey }: Pick<TokenRequest, 'client' | 'proofKey'>,
  now: EpochSeconds,
): Promise<Result<FoundAuthorizationCode, RefusalReason>> {
  if (code === undefined) return fail('code_unknown');
  if (code.clientId !== client.clientId) return fail('code_of_other_client');
  if (hasBecomeWeaker(code.clientAuthMethod, client.tokenEndpointAuthMethod)) return fail('client_became_weaker');
  if (hasBecomeAnother(code, client, core.ports.platform.hash)) return fail('client_became_another');
  if (request.redirectUri !== undefined && request.redirectUri !== code.redirectUri) {
    return fail('code_redirect_mismatch');
  }
  if (code.codeChallenge === undefined || code.codeChallengeMethod !== 'S256') return fail('code_without_challenge');
  // RFC 7636 §4.6: the challenge is the base64url SHA-256 of the verifier, which is what the platform's hash yields.
  const challenge = core.ports.platform.hash(request.codeVerifier);
  if (!equalsInConstantTime(challenge, code.codeChallenge)) return fail('code_verifier_wrong');
  // RFC 9449 §10: that key and no other, and not without one.
  if (code.dpopKeyThumbprint !== undefined && code.dpopKeyThumbprint !== proofKey) return fail('dpop_key_mismatch');
  // It stays a replay whenever it comes, and whatever else is asked for: whoever has a copy is not let off for asking too much.
  if (code.redeemed) return succeed(code);
  if (code.expiresAtEpochSeconds <= now) return fail('code_expired');
  const user = await checkSubject(core, code.subject);
  if (!user.ok) return user;
  const resource = await core.resources.find(code.resource);
  if (resource === undefined) return fail('resource_gone');
  if (!namesOnly(request.resources, code.resource)) return fail('resource_mismatch');
  const scopes = keepGrantableScopes(code.scopes, resource, client);
  return scopes.length === 0 ? fail('scope_gone') : succeed({ ...code, scopes });
}
