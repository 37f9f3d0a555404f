import { type Client, type RequestContext, randomSecret, type WholeResponse } from '@portcullis/ports';
import {
  type AuthorizationRequest,
  fail,
  formatAuthorizationRequest,
  REPEATABLE_PARAMETERS,
  type Result,
  readAuthorizationRequest,
  succeed,
} from '@portcullis/protocol';
import { type AcceptedRequest, checkAuthorizationRequest } from '../checks/accepted-request.js';
import { proofAddress, readDpopProof, useDpopProof } from '../checks/dpop-proof.js';
import { REQUEST_URI_PREFIX } from '../checks/pushed-request.js';
import { chooseRedirect } from '../checks/redirect.js';
import type { AdmittedClient } from '../clients/client-directory.js';
import type { Core } from '../core.js';
import type { RefusalReason } from '../refusals.js';
import { jsonResponse, refusalResponse } from './client-response.js';
import { checkAuthorizationRequestLimit } from './credential-limit.js';
import { withDpopNonce } from './dpop-nonce.js';
import type { ProtocolHandler } from './endpoint.js';
import { readOauthForm } from './oauth-form.js';
import { readPresentedClientAuthentication } from './proven-client.js';
import { requirePushingClient } from './pushing-client.js';

/**
 * The pushed authorization request endpoint (RFC 9126 §2). In this order: the form, the proof of possession as far as it
 * consumes nothing, the client, its limit, the request, its key, and last that neither the client's assertion nor the proof was
 * ever used. What `/authorize`
 * would refuse is refused here, in JSON; only who the user is stays for the browser to say. An accepted request is kept by the hash of the `request_uri` that answers it, for as long as a browser may begin with it.
 */
export const pushedAuthorizationRequestEndpoint: ProtocolHandler = withDpopNonce(async (core, request, context) => {
  const form = readOauthForm(request, REPEATABLE_PARAMETERS);
  if (!form.ok) return refuse(core, context, form.failure);
  const authentication = readPresentedClientAuthentication(request, form.value);
  const proof = await readDpopProof(core, request, core.paths.pushedAuthorizationRequest);
  if (!proof.ok) return refuse(core, context, proof.failure, { clientId: authentication.clientId });
  const admitted = await requirePushingClient(core, context, authentication);
  if (!admitted.ok) return admitted.failure;
  const { client } = admitted.value;
  const limited = await checkAuthorizationRequestLimit(core, context, client);
  if (limited !== undefined) return limited;
  const pushed = readAuthorizationRequest(form.value);
  const accepted = await checkPushed(core, pushed, admitted.value);
  if (!accepted.ok) return refuse(core, context, accepted.failure, client);
  const key = agreeOnKey(pushed.dpopKeyThumbprint, proof.value?.keyThumbprint);
  if (!key.ok) return refuse(core, context, key.failure, client);
  const used = (await admitted.value.useProof()) ?? (await useDpopProof(core, proof.value));
  if (used !== undefined) return refuse(core, context, used, client);
  return keep(core, context, client, pushed, accepted.value, key.value);
});

/** What `/authorize` checks of a request: its redirect URI, and the rest. */
async function checkPushed(
  core: Core,
  pushed: AuthorizationRequest,
  admitted: AdmittedClient,
): Promise<Result<AcceptedRequest, RefusalReason>> {
  const redirect = chooseRedirect(admitted, core.settings.redirectSchemes, pushed);
  return redirect.ok ? checkAuthorizationRequest(core, pushed, admitted.client) : fail(redirect.failure.reason);
}

/** RFC 9449 §10.1: a proof binds as `dpop_jkt` does; where both are there they name one key. */
function agreeOnKey(named: string | undefined, proven: string | undefined): Result<string | undefined, RefusalReason> {
  const isContradiction = named !== undefined && proven !== undefined && named !== proven;
  return isContradiction ? fail('dpop_key_other_than_proof') : succeed(proven ?? named);
}

async function keep(
  core: Core,
  context: RequestContext,
  { clientId, clientName }: Client,
  pushed: AuthorizationRequest,
  { resource, requestedScopes }: AcceptedRequest,
  dpopKeyThumbprint: string | undefined,
): Promise<WholeResponse> {
  const { platform, storage } = core.ports;
  const { tenantId, lifetimes } = core.settings;
  const now = platform.clock.nowEpochSeconds();
  const requestUri = REQUEST_URI_PREFIX + randomSecret(platform.random, 'pcu_');
  const expiresAtEpochSeconds = now + lifetimes.pushedRequestSeconds;
  await storage.pushedRequests.create({
    tenantId,
    requestHash: platform.hash(requestUri),
    clientId,
    parameters: formatAuthorizationRequest(pushed, clientId),
    ...(dpopKeyThumbprint === undefined ? {} : { dpopKeyThumbprint }),
    createdAtEpochSeconds: now,
    expiresAtEpochSeconds,
    keptUntilEpochSeconds: expiresAtEpochSeconds + lifetimes.transactionSeconds,
  });
  const details = { clientId, clientName, resource: resource.identifier, scopes: requestedScopes };
  core.trail.record(core.trail.event(context, 'authorization_request.pushed', 'allowed', details));
  return jsonResponse({ request_uri: requestUri, expires_in: lifetimes.pushedRequestSeconds }, 201);
}

function refuse(
  core: Core,
  context: RequestContext,
  reason: RefusalReason,
  { clientId, clientName }: { readonly clientId?: string | undefined; readonly clientName?: string } = {},
): WholeResponse {
  const known = {
    ...(clientId === undefined ? {} : { clientId }),
    ...(clientName === undefined ? {} : { clientName }),
  };
  core.trail.refused(context, 'authorization_request.push_refused', { ...known, reason });
  return refusalResponse(reason, undefined, proofAddress(core, core.paths.pushedAuthorizationRequest));
}
