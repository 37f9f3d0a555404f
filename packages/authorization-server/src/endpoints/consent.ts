import { type AuthorizationCode, base64Url, type Consent, type RequestContext, randomSecret } from '@portcullis/ports';
import { buildCodeLocation, buildErrorLocation, createResponseSealer } from '../consent/authorization-response.js';
import type { BoundTransaction } from '../consent/bound-transaction.js';
import { buildClientView } from '../consent/client-view.js';
import { findSignedInUser, type SignedInUser } from '../consent/signed-in-user.js';
import type { Core } from '../core.js';
import type { EndpointHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, pageResponse, startAgainResponse } from './page-response.js';
import { readDecisionForm } from './posted-form.js';

/**
 * Takes the decision of a person. The answer leaves by a page, not by a redirect, because browsers apply `form-action`
 * to every redirect after a form. A form that is sent twice is answered alike, with one code.
 *
 * Approving with every scope taken off lets the client do nothing, so it counts as a denial.
 */
export const consentEndpoint: EndpointHandler = async (core, request, context) => {
  const form = await readDecisionForm(core, request, context);
  if (!form.ok) return form.failure;
  const { parameters, bound, cookies, signedIn } = form.value;
  const decision = parameters.value('decision');
  const ticked = parameters.values('scope');
  const { requestedScopes } = bound.transaction;
  const isKnownDecision = decision === 'approve' || decision === 'deny';
  if (!isKnownDecision || !ticked.every((scope) => requestedScopes.includes(scope))) {
    const reason = isKnownDecision ? 'scope_beyond_request' : 'decision_unknown';
    core.trail.refused(context, 'browser.refused', { reason, clientId: bound.client.clientId });
    return errorPageResponse(core, context, {
      title: 'This form cannot be accepted',
      summary: 'It says something that the page did not offer. Nothing was changed.',
      retryPath: interactionPath(core, bound.handle),
    });
  }

  const approved = requestedScopes.filter((scope) => ticked.includes(scope));
  if (decision === 'deny' || approved.length === 0) {
    return deny(core, context, bound, signedIn, decision === 'deny' ? 'denied_by_user' : 'no_scope_left');
  }
  const response = await approve(core, context, bound, signedIn, approved);
  // A password reset or a removal may have committed since the session was read. The code was shown to nobody yet.
  return (await findSignedInUser(core, cookies)) === undefined ? startAgainResponse(core, context) : response;
};

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
  return leave(core, bound, buildErrorLocation(transaction, 'denied_by_user', core.settings.issuer), 'denied');
}

async function approve(
  core: Core,
  context: RequestContext,
  bound: BoundTransaction,
  signedIn: SignedInUser,
  scopes: readonly string[],
): Promise<Response> {
  const { platform, storage } = core.ports;
  const { issuer, lifetimes } = core.settings;
  const { transaction, client, handle, browser } = bound;
  const { tenantId, transactionHash, resource, clientId } = transaction;
  const { subject, username } = signedIn.user;
  const now = platform.clock.nowEpochSeconds();
  const secret = randomSecret(platform.random, 'pcc_');
  const grantId = base64Url(platform.random.bytes(16));
  const code: AuthorizationCode = {
    tenantId,
    codeHash: platform.hash(secret),
    clientId,
    redirectUri: transaction.redirectUri,
    codeChallenge: transaction.codeChallenge,
    codeChallengeMethod: 'S256',
    resource,
    scopes,
    subject,
    authenticatedAtEpochSeconds: signedIn.authenticatedAtEpochSeconds,
    grantId,
    issuedAtEpochSeconds: now,
    expiresAtEpochSeconds: now + lifetimes.codeSeconds,
  };
  const consent: Consent = {
    tenantId,
    subject,
    clientId,
    resource,
    scopes,
    documentFingerprint: client.document?.fingerprint,
    grantedAtEpochSeconds: now,
  };
  const location = buildCodeLocation(transaction, secret, issuer);
  const sealer = createResponseSealer(platform, handle, browser);
  // Bound to the subject: another user of this browser cannot have this answer repeated.
  const sealingContext = `authorization-response:${tenantId}:${subject}`;
  const sealed = await sealer.seal(location, sealingContext);
  const event = core.trail.event(context, 'consent.granted', 'allowed', {
    clientId,
    clientName: client.clientName,
    subject,
    username,
    grantId,
    resource,
    scopes,
  });

  // An ended transaction takes neither step; `issue` then says how it ended.
  await storage.transactions.authenticate(
    tenantId,
    transactionHash,
    subject,
    signedIn.authenticatedAtEpochSeconds,
    now,
  );
  await storage.transactions.approve(tenantId, transactionHash, scopes, now);
  const issue = await storage.transactions.issue(tenantId, transactionHash, code, consent, sealed, now, event);
  switch (issue.outcome) {
    case 'issued':
      core.trail.record(event);
      return leave(core, bound, location, 'approved');
    case 'repeated': {
      const first = await sealer.open(issue.sealedResponse, sealingContext);
      return first === undefined ? ended(core, context, bound) : leave(core, bound, first, 'approved');
    }
    case 'refused':
      return ended(core, context, bound);
  }
}

function ended(core: Core, context: RequestContext, bound: BoundTransaction): Response {
  core.trail.refused(context, 'authorization.refused', {
    reason: 'transaction_ended',
    clientId: bound.client.clientId,
  });
  return startAgainResponse(core, context);
}

function leave(core: Core, bound: BoundTransaction, location: string, outcome: 'approved' | 'denied'): Response {
  const { name } = buildClientView(bound.client, bound.transaction.redirectUri, core.settings);
  return pageResponse(core.ports.pages.leaving({ location, clientName: name, outcome }), { isLeaving: true });
}
