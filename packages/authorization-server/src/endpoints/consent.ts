import type { RequestContext } from '@portcullis/ports';
import { displayClientName } from '@portcullis/protocol';
import { approveDevice } from '../consent/approve-device.js';
import { buildErrorLocation } from '../consent/authorization-response.js';
import type { BoundTransaction } from '../consent/bound-transaction.js';
import { findConsentOffer } from '../consent/consent-offer.js';
import { type Approval, issueCode, noteUser } from '../consent/issue-code.js';
import type { Core } from '../core.js';
import { findPresence, type SignedInUser } from '../sign-in/presence.js';
import { type DecisionForm, readDecisionForm } from './decision-form.js';
import type { PageHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, pageResponse, seeOther, startAgainResponse } from './page-response.js';

/**
 * Takes the decision of a person. The answer leaves by a page, not by a redirect, because browsers apply `form-action`
 * to every redirect after a form. A form that is sent twice is answered alike, with one code.
 *
 * The code carries what was ticked, and what the page told to be allowed already if it still is: never a scope that was
 * not requested. Approving with nothing of either lets the client do nothing, so it counts as a denial.
 */
export const consentEndpoint: PageHandler = async (core, request, context) => {
  const form = await readDecisionForm(core, request, context);
  if (!form.ok) return form.failure;
  const { parameters, bound, signedIn } = form.value;
  const decision = parameters.value('decision');
  const ticked = parameters.values('scope');
  const kept = parameters.values('kept');
  const { requestedScopes } = bound.transaction;
  const isKnownDecision = decision === 'approve' || decision === 'deny';
  if (!isKnownDecision || ![...ticked, ...kept].every((scope) => requestedScopes.includes(scope))) {
    const reason = isKnownDecision ? 'scope_beyond_request' : 'decision_unknown';
    core.trail.refused(context, 'browser.refused', { reason, clientId: bound.client.clientId });
    return errorPageResponse(core, context, {
      title: 'This form cannot be accepted',
      summary: 'It says something that the page did not offer. Nothing was changed.',
      retryPath: interactionPath(core, bound.handle),
    });
  }
  if (decision === 'deny') return deny(core, context, bound, signedIn, 'denied_by_user');

  await noteUser(core, bound.transaction, signedIn);
  const scopes = await approvedScopes(core, form.value, ticked, kept);
  // All that the page told to be allowed was taken back since; this is no answer to what there is to ask now.
  if (scopes.length === 0 && kept.length > 0) return seeOther(interactionPath(core, bound.handle));
  if (scopes.length === 0) return deny(core, context, bound, signedIn, 'no_scope_left');
  // The same race as below. A device gets its tokens whatever page is shown here, so this is looked at before: from the
  // moment the user stands on the transaction, what ends their access ends it as well.
  const isLate = bound.answer.kind === 'device' && (await findPresence(core, request)).state !== 'signed_in';
  if (isLate) return ended(core, context, bound);
  const approved = await approve(core, context, bound, { signedIn, scopes, remembered: false });
  if (approved === undefined) return ended(core, context, bound);
  // A password reset or a removal may have committed since the user was looked up. The code was shown to nobody yet.
  const presence = await findPresence(core, request);
  return presence.state === 'signed_in' ? approved : startAgainResponse(core, context);
};

/** The page that follows; undefined where the transaction ended otherwise. */
async function approve(
  core: Core,
  context: RequestContext,
  bound: BoundTransaction,
  approval: Approval,
): Promise<Response | undefined> {
  const { answer } = bound;
  if (answer.kind === 'device') {
    const isApproved = await approveDevice(core, context, { ...bound, answer }, approval);
    return isApproved ? deviceDone(core, bound, 'approved') : undefined;
  }
  const location = await issueCode(core, context, { ...bound, answer }, approval);
  return location.ok ? leave(core, bound, location.value, 'approved') : undefined;
}

/** In the order of the request. What the page did not tell to be allowed is taken only where it was ticked: it may have
 * been allowed in another tab since, and left unticked in this one. */
async function approvedScopes(
  core: Core,
  { bound, signedIn }: DecisionForm,
  ticked: readonly string[],
  kept: readonly string[],
): Promise<readonly string[]> {
  const { client, resource, transaction } = bound;
  const { requestedScopes } = transaction;
  const offer = await findConsentOffer(core, signedIn.user.subject, { requestedScopes, client, resource });
  return requestedScopes.filter(
    (scope) => ticked.includes(scope) || (kept.includes(scope) && offer.allowed.includes(scope)),
  );
}

async function deny(
  core: Core,
  context: RequestContext,
  bound: BoundTransaction,
  signedIn: SignedInUser,
  reason: string,
): Promise<Response> {
  const { transaction, client } = bound;
  const { transactions } = core.ports.storage;
  const now = core.ports.platform.clock.nowEpochSeconds();
  const event = core.trail.event(context, 'consent.denied', 'refused', {
    reason,
    clientId: client.clientId,
    clientName: client.clientName,
    resource: transaction.resource,
    subject: signedIn.user.subject,
    username: signedIn.user.username,
  });
  const { tenantId, transactionHash } = transaction;
  if (await transactions.deny(tenantId, transactionHash, now, event)) {
    core.trail.record(event);
  } else {
    // A second click may have been read before the first one was decided, so the status is looked up again.
    const decided = await transactions.find(tenantId, transactionHash, now);
    if (decided?.status !== 'denied') return ended(core, context, bound);
  }
  const { answer } = bound;
  return answer.kind === 'device'
    ? deviceDone(core, bound, 'denied')
    : leave(core, bound, buildErrorLocation(answer, 'denied_by_user', core.settings.issuer), 'denied');
}

function ended(core: Core, context: RequestContext, bound: BoundTransaction): Response {
  core.trail.refused(context, 'authorization.refused', {
    reason: 'transaction_ended',
    clientId: bound.client.clientId,
  });
  return startAgainResponse(core, context);
}

function deviceDone(core: Core, bound: BoundTransaction, outcome: 'approved' | 'denied'): Response {
  const { account: accountPath } = core.paths;
  const clientName = displayClientName(bound.client.clientName);
  return pageResponse(core.ports.pages.deviceDone({ clientName, outcome, accountPath }));
}

function leave(core: Core, bound: BoundTransaction, location: string, outcome: 'approved' | 'denied'): Response {
  const { account: accountPath } = core.paths;
  const page = { location, clientName: displayClientName(bound.client.clientName), outcome, accountPath };
  return pageResponse(core.ports.pages.leaving(page), { isLeaving: true });
}
