import type { Client, FoundDeviceAuthorization } from '@portcullis/ports';
import {
  DEVICE_CODE_GRANT_TYPE,
  type DeviceCodeTokenRequest,
  fail,
  parseDeviceCodeTokenRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { hasBecomeWeaker } from '../checks/client-strength.js';
import { namesOnly } from '../checks/resource.js';
import { keepGrantableScopes } from '../checks/scope.js';
import { checkSubject } from '../checks/subject.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { makePersonGrant } from './person-grant.js';
import type { TokenGrant } from './token-grant.js';

/**
 * The device code grant (RFC 8628 §3.4, §3.5). A device polls with its code until a person has decided. Every fact is
 * checked first and consumes nothing when it fails; then the access token is signed; then one storage act decides who
 * redeems, and writes grant and refresh token with it. Of several polls at once one gets the tokens, and the others end
 * nothing.
 */
export const deviceCodeGrant: TokenGrant = {
  grantType: DEVICE_CODE_GRANT_TYPE,
  credentialParameter: 'device_code',
  async exchange(core, { parameters, client, context, proofKey, useProofFor }) {
    const { platform, storage } = core.ports;
    const { tenantId, markLifetimeSeconds } = core.settings;
    const request = parseDeviceCodeTokenRequest(parameters);
    if (!request.ok) return fail({ reason: request.failure });
    const now = platform.clock.nowEpochSeconds();
    const deviceCodeHash = platform.hash(request.value.deviceCode);
    const found = await storage.deviceCodes.find(tenantId, deviceCodeHash);
    const checked = await checkDevice(core, found, request.value, client);
    if (!checked.ok) {
      const { grantId, subject } = found?.approval ?? {};
      // A device that waits as it should asks every few seconds, and there is nothing in that for the trail.
      const recorded = checked.failure === 'device_code_pending';
      return fail({
        reason: checked.failure,
        ...(grantId === undefined ? {} : { grantId }),
        ...(subject === undefined ? {} : { subject }),
        recorded,
      });
    }

    const { authorization, approval, scopes } = checked.value;
    const { grantId, subject, authenticatedAtEpochSeconds } = approval;
    const { resource, clientAuthMethod } = authorization;
    const proofProblem = await useProofFor(resource);
    if (proofProblem !== undefined) return fail({ reason: proofProblem, grantId, subject });
    const facts = { grantId, subject, resource, scopes, clientAuthMethod, authenticatedAtEpochSeconds };
    const { grant, refresh, accessToken } = await makePersonGrant(core, client, facts, proofKey, now);

    const event = core.trail.event(context, 'device_code.redeemed', 'allowed', {
      clientId: client.clientId,
      clientName: client.clientName,
      subject,
      grantId,
      resource,
      scopes,
      accessTokenId: accessToken.accessTokenId,
      grantType: DEVICE_CODE_GRANT_TYPE,
    });
    const outcome = await storage.deviceCodes.redeem(
      tenantId,
      deviceCodeHash,
      grant,
      refresh?.stored,
      now,
      markLifetimeSeconds,
      event,
    );
    if (outcome === 'refused') return fail({ reason: 'device_code_gone', grantId, subject });
    core.trail.record(event);
    return succeed({ accessToken, scopes, refreshToken: refresh?.refreshToken });
  },
};

/** An approved device code, with what may still be granted of it. */
interface ApprovedDevice {
  readonly authorization: FoundDeviceAuthorization;
  readonly approval: NonNullable<FoundDeviceAuthorization['approval']>;
  readonly scopes: readonly string[];
}

/**
 * In this order: whose code, and whether that client is as hard to pass for as it was; what is asked for; what became of
 * the code; and only for an approved one, who approved it and what is left of it. A poll while nothing is decided is noted,
 * whether or not it comes too early, and nothing else is.
 */
async function checkDevice(
  core: Core,
  authorization: FoundDeviceAuthorization | undefined,
  request: DeviceCodeTokenRequest,
  client: Client,
): Promise<Result<ApprovedDevice, RefusalReason>> {
  if (authorization === undefined) return fail('device_code_unknown');
  if (authorization.clientId !== client.clientId) return fail('device_code_of_other_client');
  if (hasBecomeWeaker(authorization.clientAuthMethod, client.tokenEndpointAuthMethod)) {
    return fail('client_became_weaker');
  }
  if (!namesOnly(request.resources, authorization.resource)) return fail('resource_mismatch');
  const { status, approval } = authorization;
  if (status === 'redeemed') return fail('device_code_gone');
  if (status === 'denied') return fail('device_denied');
  const now = core.ports.platform.clock.nowEpochSeconds();
  if (authorization.expiresAtEpochSeconds <= now) return fail('device_code_expired');
  if (approval === undefined) return fail(await notePoll(core, authorization));
  const user = await checkSubject(core, approval.subject);
  if (!user.ok) return user;
  const resource = await core.resources.find(authorization.resource);
  if (resource === undefined) return fail('resource_gone');
  const scopes = keepGrantableScopes(approval.scopes, resource, client);
  return scopes.length === 0 ? fail('scope_gone') : succeed({ authorization, approval, scopes });
}

async function notePoll(
  { ports }: Core,
  { tenantId, deviceCodeHash }: FoundDeviceAuthorization,
): Promise<'device_code_pending' | 'device_polls_too_fast'> {
  const now = ports.platform.clock.nowEpochSeconds();
  const poll = await ports.storage.deviceCodes.poll(tenantId, deviceCodeHash, now);
  return poll === 'noted' ? 'device_code_pending' : 'device_polls_too_fast';
}
