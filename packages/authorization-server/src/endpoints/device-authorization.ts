import type { Client, DeviceAuthorization, RequestContext, ResourceDefinition, WholeResponse } from '@portcullis/ports';
import { randomSecret } from '@portcullis/ports';
import {
  DEVICE_CODE_GRANT_TYPE,
  fail,
  formatUserCode,
  type OauthParameters,
  REPEATABLE_PARAMETERS,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { checkRequestedScope } from '../checks/scope.js';
import { drawUserCode } from '../consent/draw-user-code.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import { checkAuthorizationRequestLimit, lookAtAuthorizationRequestLimit } from './credential-limit.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';
import { readPresentedClientAuthentication, requireClient } from './proven-client.js';

/** That the first is taken happens; that so many are does not, with a source of randomness that works. */
const MAX_DRAWS = 8;

/**
 * The device authorization endpoint (RFC 8628 §3.1, §3.2). In this order: the form, the client, its limit, its grant,
 * the resource and the scope, both as the authorization endpoint decides them, and last that its assertion was never used. Answers a
 * code for the device and one for a person, and asks nobody anything yet.
 */
export const deviceAuthorizationEndpoint: ProtocolHandler = async (core, request, context) => {
  const form = readOauthForm(request, REPEATABLE_PARAMETERS);
  if (!form.ok) return refuse(core, context, form.failure);
  const authentication = readPresentedClientAuthentication(request, form.value);
  const { presented } = authentication;
  const found = presented.ok ? await core.clients.find(presented.value.clientId) : undefined;
  const full = await lookAtAuthorizationRequestLimit(core, context, authentication, found);
  if (full !== undefined) return full;
  const proven = await requireClient(core, context, authentication, async () => found);
  if (!proven.ok) return proven.failure;
  const { client, useProof } = proven.value;
  const limited = await checkAuthorizationRequestLimit(core, context, client);
  if (limited !== undefined) return limited;
  const { clientId, clientName } = client;
  const asked = await checkAsked(core, form.value, client);
  if (!asked.ok) return refuse(core, context, asked.failure, { clientId, clientName });
  const used = await useProof();
  if (used !== undefined) return refuse(core, context, used, { clientId, clientName });

  const { deviceCode, userCode, authorization } = await issueCodes(core, client, asked.value);
  const { resource, requestedScopes: scopes } = authorization;
  const details = { clientId, clientName, resource, scopes };
  core.trail.record(core.trail.event(context, 'device.requested', 'allowed', details));
  return jsonResponse(formatDeviceResponse(core, deviceCode, userCode));
};

/** What a device may ask a person for. */
interface Asked {
  readonly resource: ResourceDefinition;
  readonly scopes: readonly string[];
}

async function checkAsked(
  core: Core,
  parameters: OauthParameters,
  client: Client,
): Promise<Result<Asked, RefusalReason>> {
  if (!client.grantTypes.includes(DEVICE_CODE_GRANT_TYPE)) return fail('grant_type_not_of_client');
  const resource = await core.resources.choose(parameters.values('resource'));
  if (!resource.ok) return resource;
  const scopes = checkRequestedScope(parameters.value('scope'), resource.value, client);
  return scopes.ok ? succeed({ resource: resource.value, scopes: scopes.value }) : scopes;
}

/** New codes, as the store keeps them and as they are told. */
interface NewCodes {
  readonly deviceCode: string;
  /** Without its dash. */
  readonly userCode: string;
  readonly authorization: DeviceAuthorization;
}

/** Draws until a user code is free. @throws when none is to be had */
async function issueCodes(core: Core, client: Client, { resource, scopes }: Asked): Promise<NewCodes> {
  const { platform, storage } = core.ports;
  const { deviceCodeSeconds, devicePollSeconds } = core.settings.lifetimes;
  const now = platform.clock.nowEpochSeconds();
  for (let draw = 0; draw < MAX_DRAWS; draw += 1) {
    const deviceCode = randomSecret(platform.random, 'pcd_');
    const userCode = drawUserCode(platform.random);
    const authorization: DeviceAuthorization = {
      tenantId: core.settings.tenantId,
      deviceCodeHash: platform.hash(deviceCode),
      userCodeHash: platform.hash(userCode),
      clientId: client.clientId,
      clientAuthMethod: client.tokenEndpointAuthMethod,
      resource: resource.identifier,
      requestedScopes: scopes,
      createdAtEpochSeconds: now,
      expiresAtEpochSeconds: now + deviceCodeSeconds,
      intervalSeconds: devicePollSeconds,
    };
    const outcome = await storage.deviceCodes.create(authorization);
    if (outcome === 'created') return { deviceCode, userCode, authorization };
  }
  throw new Error(`No user code was free in ${MAX_DRAWS} draws`);
}

/** The wire form (RFC 8628 §3.2). */
function formatDeviceResponse({ paths, settings }: Core, deviceCode: string, userCode: string): object {
  const verificationUri = settings.issuerUrl.origin + paths.device;
  const shown = formatUserCode(userCode);
  return {
    device_code: deviceCode,
    user_code: shown,
    verification_uri: verificationUri,
    verification_uri_complete: `${verificationUri}?user_code=${shown}`,
    expires_in: settings.lifetimes.deviceCodeSeconds,
    interval: settings.lifetimes.devicePollSeconds,
  };
}

function refuse(core: Core, context: RequestContext, reason: RefusalReason, details: object = {}): WholeResponse {
  core.trail.refused(context, 'device.refused', { ...details, reason });
  return refusalResponse(reason);
}
