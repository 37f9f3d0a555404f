import type { RequestContext, WholeResponse } from '@portcullis/ports';
import { JSON_MEDIA_TYPE } from '@portcullis/protocol';
import { checkRegistration, createDynamicClient, formatRegistrationResponse } from '../clients/registration.js';
import type { Core } from '../core.js';
import { takePoint } from '../rate-limits.js';
import type { RefusalReason } from '../refusals.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import type { ProtocolHandler } from './endpoint.js';
import { limitedResponse } from './limited-response.js';
import { type BodyFailure, decodeBody, type UnreadBody } from './request-body.js';

/** What is wrong with a body that is to be client metadata. */
export const METADATA_BODY_REFUSALS = {
  wrong_media_type: 'metadata_wrong_media_type',
  body_encoded: 'metadata_encoded',
  body_too_large: 'metadata_too_large',
  body_malformed: 'client_metadata_malformed',
  body_too_slow: 'metadata_too_slow',
} as const satisfies Record<BodyFailure | UnreadBody, RefusalReason>;

/** The registration endpoint (RFC 7591 §3). Open to anybody, within a limit per network that counts every try. */
export const registerEndpoint: ProtocolHandler = async (core, request, context) => {
  const reached = await takePoint(core, core.settings.rateLimits.registrationPerNetwork, context.network);
  if (reached !== undefined) return limitedResponse(core, context, reached);
  const body = decodeBody((name) => request.header(name), request.body, JSON_MEDIA_TYPE);
  if (!body.ok) return refuse(core, context, METADATA_BODY_REFUSALS[body.failure]);
  const accepted = checkRegistration(body.value, core.settings, core.ports);
  if (!accepted.ok) return refuse(core, context, accepted.failure);

  const created = createDynamicClient(accepted.value, core.ports.platform, core.settings);
  const { clientId, clientName } = created.client;
  const event = core.trail.event(context, 'client.registered', 'allowed', { clientId, clientName });
  await core.ports.storage.clients.register(created.client, event);
  core.trail.record(event);
  const clientConfigurationUrl = core.settings.issuerUrl.origin + core.paths.clientConfiguration;
  return jsonResponse(formatRegistrationResponse(created, clientConfigurationUrl), 201);
};

function refuse(core: Core, context: RequestContext, reason: RefusalReason): WholeResponse {
  core.trail.refused(context, 'client.registration_refused', { reason });
  return refusalResponse(reason);
}
