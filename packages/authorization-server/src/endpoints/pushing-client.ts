import type { RequestContext, WholeResponse } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { ProvenClient } from '../checks/client-authentication.js';
import type { AdmissionFailure, AdmittedClient } from '../clients/client-directory.js';
import type { Core } from '../core.js';
import { refusalResponse } from './client-response.js';
import { lookAtAuthorizationRequestLimit } from './credential-limit.js';
import { limitedResponse } from './limited-response.js';
import { type PresentedClientAuthentication, requireClient } from './proven-client.js';

/**
 * The client that pushes a request, once it has proved who it is as at the token endpoint (RFC 9126 §2). It begins an
 * authorization, so it may be one that was never seen here and whose document has to be fetched; nothing of it is stored. One
 * that waits for the operator, or was shut out by them, is told so: the page in its user's browser says the same.
 *
 * An assertion is not looked at where the limit of its client is used up: it may come again.
 *
 * A client that the operator is yet to be asked about goes on: they are asked in the browser, where it is known who wants it.
 */
export async function requirePushingClient(
  core: Core,
  context: RequestContext,
  authentication: PresentedClientAuthentication,
): Promise<Result<AdmittedClient & ProvenClient, WholeResponse>> {
  const { presented } = authentication;
  const admission = presented.ok ? await core.clients.admit(presented.value.clientId, context) : undefined;
  if (presented.ok && admission?.ok === false) {
    const refusal = refuseAdmission(core, context, presented.value.clientId, admission.failure);
    if (refusal !== undefined) return fail(refusal);
  }
  const admitted = admission?.ok === true ? admission.value : undefined;
  const limited = await lookAtAuthorizationRequestLimit(core, context, authentication, admitted?.client);
  if (limited !== undefined) return fail(limited);
  const proven = await requireClient(core, context, authentication, async () => admitted?.client);
  if (!proven.ok) return proven;
  return succeed({ ...proven.value, needsOperator: admitted?.needsOperator === true });
}

/** The answer to a client that cannot begin; undefined for one that does not exist, which goes the way of a wrong proof. */
function refuseAdmission(
  core: Core,
  context: RequestContext,
  clientId: string,
  failure: AdmissionFailure,
): WholeResponse | undefined {
  switch (failure.reason) {
    case 'rate_limited':
      return limitedResponse(core, context, failure, clientId);
    case 'document_refused':
      core.trail.refused(context, 'client.document_refused', { clientId, ...failure.refusal });
      return refusalResponse('client_unknown');
    case 'client_shut_out':
    case 'client_waits_for_operator':
    case 'approval_queue_full':
      core.trail.refused(context, 'authorization_request.push_refused', { ...failure, clientId });
      return refusalResponse(failure.reason);
    default:
      return undefined;
  }
}
