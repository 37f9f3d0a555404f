import type { Client, FoundClient, RequestContext, Revocation, WholeResponse } from '@portcullis/ports';
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

/** Two changes at once are rare, and a client that makes more of them has itself to wait for. */
const MAX_READS = 3;

/**
 * Puts another description in place of a registration (RFC 7592 §2.2). Where it is another client now to those who consented,
 * all of that ends in the same act: nobody who takes a client over inherits what was given to the one before. The
 * registration token stays.
 *
 * What changed since it was read is read again, and decided on anew.
 */
export const changeRegistrationEndpoint: ProtocolHandler = async (core, request, context) => {
  const managed = await requireManagedClient(core, request, context);
  if (!managed.ok) return managed.failure;
  const { tenantId, clientId } = managed.value.client;
  const { registrationTokenHash } = managed.value;
  const body = decodeBody((name) => request.header(name), request.body, JSON_MEDIA_TYPE);
  if (!body.ok) return refuseManagement(core, context, METADATA_BODY_REFUSALS[body.failure], managed.value.client);
  let held: FoundClient | undefined = managed.value.client;
  for (let reads = 1; ; reads += 1) {
    const response = await change(core, context, { ...managed.value, client: held }, body.value);
    if (response !== undefined) return response;
    if (reads === MAX_READS) return refuseManagement(core, context, 'registration_busy', held);
    const { clients } = core.ports.storage;
    held = await clients.findByRegistrationToken(tenantId, registrationTokenHash);
    if (held?.clientId !== clientId) return refuseManagement(core, context, 'registration_token_unknown');
  }
};

/** One try; undefined where the registration is not any more what was decided on. */
async function change(
  core: Core,
  context: RequestContext,
  managed: ManagedClient,
  body: string,
): Promise<WholeResponse | undefined> {
  const { client: held } = managed;
  const accepted = checkRegistrationChange(body, held, core.settings, core.ports);
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
  const outcome = await core.ports.storage.clients.replaceRegistration(held, client, revocation, event);
  switch (outcome) {
    case 'changed':
      return undefined;
    case 'unknown':
      return refuseManagement(core, context, 'registration_token_unknown', held);
    case 'replaced':
      core.trail.record(event);
      return answer(core, managed, client, clientSecret);
  }
}

/** Takes a client back that registered itself, with all that was consented to (RFC 7592 §2.3). */
export const deleteRegistrationEndpoint: ProtocolHandler = async (core, request, context) => {
  const managed = await requireManagedClient(core, request, context);
  if (!managed.ok) return managed.failure;
  const { clientId, clientName, tenantId } = managed.value.client;
  const event = core.trail.event(context, 'client.registration_deleted', 'allowed', { clientId, clientName });
  const { clients } = core.ports.storage;
  const outcome = await clients.remove(
    tenantId,
    clientId,
    revocationOf(core),
    event,
    managed.value.registrationTokenHash,
  );
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
