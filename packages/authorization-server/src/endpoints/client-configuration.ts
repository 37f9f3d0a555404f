import type { Client, Revocation, WholeResponse } from '@portcullis/ports';
import { JSON_MEDIA_TYPE } from '@portcullis/protocol';
import { formatRegistrationResponse } from '../clients/registration.js';
import { changeDynamicClient, checkRegistrationChange } from '../clients/registration-change.js';
import type { Core } from '../core.js';
import { emptyResponse, jsonResponse } from './client-response.js';
import type { ProtocolHandler } from './endpoint.js';
import { type ManagedClient, refuseManagement, requireManagedClient } from './managed-client.js';
import { METADATA_BODY_REFUSALS } from './register.js';
import { decodeBody } from './request-body.js';

/** Reads a registration (RFC 7592 §2.1). Its secret is not in the answer: here is its hash alone. */
export const readRegistrationEndpoint: ProtocolHandler = async (core, request, context) => {
  const managed = await requireManagedClient(core, request, context);
  return managed.ok ? answer(core, managed.value, managed.value.client) : managed.failure;
};

/**
 * Puts another description in place of a registration (RFC 7592 §2.2). Where it is another client now to those who consented,
 * all of that ends in the same act: nobody who takes a client over inherits what was given to the one before. The
 * registration token stays.
 */
export const changeRegistrationEndpoint: ProtocolHandler = async (core, request, context) => {
  const managed = await requireManagedClient(core, request, context);
  if (!managed.ok) return managed.failure;
  const { client: held, registrationTokenHash } = managed.value;
  const body = decodeBody(request.header('content-type'), request.body, JSON_MEDIA_TYPE);
  if (!body.ok) return refuseManagement(core, context, METADATA_BODY_REFUSALS[body.failure], held);
  const accepted = checkRegistrationChange(body.value, held, core.settings, core.ports);
  if (!accepted.ok) return refuseManagement(core, context, accepted.failure, held);

  const { client, clientSecret, isOther } = changeDynamicClient(held, accepted.value, core.ports.platform);
  const { clientId, clientName } = client;
  const detail = isOther ? { detail: 'what was consented to ended' } : {};
  const event = core.trail.event(context, 'client.registration_changed', 'allowed', {
    clientId,
    clientName,
    ...detail,
  });
  const revocation = isOther ? revocationOf(core) : undefined;
  const { clients } = core.ports.storage;
  const outcome = await clients.replaceRegistration(client, registrationTokenHash, revocation, event);
  if (outcome === 'unknown') return refuseManagement(core, context, 'registration_token_unknown', held);
  core.trail.record(event);
  return answer(core, managed.value, client, clientSecret);
};

/** Takes a client back that registered itself, with all that was consented to (RFC 7592 §2.3). */
export const deleteRegistrationEndpoint: ProtocolHandler = async (core, request, context) => {
  const managed = await requireManagedClient(core, request, context);
  if (!managed.ok) return managed.failure;
  const { clientId, clientName, tenantId } = managed.value.client;
  const event = core.trail.event(context, 'client.registration_deleted', 'allowed', { clientId, clientName });
  const outcome = await core.ports.storage.clients.remove(tenantId, clientId, revocationOf(core), event);
  if (outcome === 'unknown') return refuseManagement(core, context, 'registration_token_unknown', managed.value.client);
  core.trail.record(event);
  return emptyResponse(204);
};

function revocationOf({ ports, settings }: Core): Revocation {
  return { now: ports.platform.clock.nowEpochSeconds(), markLifetimeSeconds: settings.markLifetimeSeconds };
}

function answer(
  core: Core,
  { registrationToken }: ManagedClient,
  client: Client,
  clientSecret?: string,
): WholeResponse {
  const url = core.settings.issuerUrl.origin + core.paths.clientConfiguration;
  return jsonResponse(formatRegistrationResponse({ client, clientSecret, registrationToken }, url));
}
