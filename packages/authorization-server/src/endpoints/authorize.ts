import type { Client, RequestContext } from '@portcullis/ports';
import {
  type AuthorizationRequest,
  type EpochSeconds,
  FORM_MEDIA_TYPE,
  fail,
  parseAuthorizationRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { type AcceptedRequest, checkAuthorizationRequest } from '../checks/accepted-request.js';
import { checkLetIn } from '../checks/let-in.js';
import { earliestSignIn } from '../checks/prompt.js';
import { type BegunPushedRequest, findPushedRequest, type PushedRequestFailure } from '../checks/pushed-request.js';
import { checkRedirect, type KnownRedirect } from '../checks/redirect.js';
import { isVouchedFor } from '../clients/vouched-for.js';
import { buildErrorLocation } from '../consent/authorization-response.js';
import { answerPlace, buildClientView } from '../consent/client-view.js';
import { stands } from '../consent/consent-offer.js';
import { isRemembered, issueRemembered } from '../consent/remembered-consent.js';
import { startTransaction } from '../consent/start-transaction.js';
import type { Core } from '../core.js';
import { describeRefusal, type RefusalReason } from '../refusals.js';
import { findPresence, isRecent, type SignedInUser } from '../sign-in/presence.js';
import { checkBrowserRequestLimit, tooManyRequestsPage } from './browser-request-limit.js';
import type { PageHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, pageResponse, seeOther, startAgainResponse } from './page-response.js';
import { type BodyFailure, readBody } from './request-body.js';
import { refuseUnknown, unknownClientResponse } from './unknown-client-page.js';

/**
 * The authorization endpoint (OAuth 2.1 §3.1, §4.1; RFC 9126 §4). Checks the request, the one in the query or the one that
 * was pushed, counts it for its network, stores it as a transaction bound to this browser, and sends the browser to the
 * transaction's page: who the user is and what they allow comes there. Only where the operator wants consents remembered, and
 * this one is, the transaction is answered at once.
 */
export const authorizeEndpoint: PageHandler = async (core, request, context) => {
  const came = await readRequest(core, new URL(request.url).search.slice(1));
  if (!came.ok) return refusePushed(core, context, came.failure);
  const { request: authorization } = came.value;
  const redirect = await checkRedirect(core.clients, core.settings.redirectSchemes, authorization, context);
  if (!redirect.ok) return refuseUnknown(core, context, authorization.clientId, redirect.failure);
  const presence = await findPresence(core, request);
  const signedIn = presence.state === 'signed_in' ? presence : undefined;
  const accepted = await checkAuthorization(core, came.value, redirect.value, signedIn);
  if (!accepted.ok) return refuse(core, context, authorization, redirect.value, signedIn, accepted.failure);

  const { client, registered } = redirect.value;
  const notLetIn = await checkLetIn(core.clients, redirect.value, signedIn?.user, context);
  if (notLetIn !== undefined) return refuseUnknown(core, context, client.clientId, notLetIn);
  const limited = await checkBrowserRequestLimit(core, context, client);
  if (limited !== undefined) {
    // Nobody sees a page where none may be shown (OpenID Connect Core §3.1.2.1), and the client waits for an answer.
    return accepted.value.wishes.silent
      ? sendError(core, authorization, redirect.value, signedIn, limited.reason)
      : tooManyRequestsPage(core, context, limited);
  }
  await core.clients.keep(client, context);
  const { resource, requestedScopes, remembered } = accepted.value;
  const { browser, setCookies } = core.cookies.identify(request.headers);
  const { state: clientState, dpopKeyThumbprint } = authorization;
  const pushedRequestHash = came.value.pushed?.requestHash;
  const begun = { ...accepted.value, state: clientState, dpopKeyThumbprint, pushedRequestHash };
  const { handle, transaction, answer } = await startTransaction(core, redirect.value, begun, browser);
  core.trail.record(
    core.trail.event(context, 'authorization.requested', 'allowed', {
      clientId: client.clientId,
      clientName: client.clientName,
      resource: resource.identifier,
      scopes: requestedScopes,
    }),
  );
  if (remembered === undefined) return seeOther(interactionPath(core, handle), setCookies);

  const decided = { transaction, answer, client, handle, browser };
  const rememberable = { ...accepted.value, client, registered };
  const location = await issueRemembered(core, context, decided, rememberable, remembered);
  // What was remembered was taken back this very moment.
  if (location === undefined) {
    return accepted.value.wishes.silent
      ? refuse(core, context, authorization, redirect.value, signedIn, 'consent_needed')
      : seeOther(interactionPath(core, handle), setCookies);
  }
  // A password reset or a removal may have committed since the user was looked up. The code was shown to nobody yet.
  const { state } = await findPresence(core, request);
  return state === 'signed_in' ? seeOther(location, setCookies) : startAgainResponse(core, context);
};

/** An authorization request, and how it came. */
interface CameRequest {
  readonly request: AuthorizationRequest;
  /** Undefined for one that is in the query itself. */
  readonly pushed: BegunPushedRequest | undefined;
}

/** Why a query names no pushed request, and the client that it names. */
interface PushedRefusal {
  readonly reason: PushedRequestFailure;
  readonly clientId: string | undefined;
}

/** The request that a query is, or names. */
async function readRequest(core: Core, query: string): Promise<Result<CameRequest, PushedRefusal>> {
  const request = parseAuthorizationRequest(query);
  if (!request.hasRequestUri) return succeed({ request, pushed: undefined });
  const pushed = await findPushedRequest(core, request.parameters);
  if (!pushed.ok) return fail({ reason: pushed.failure, clientId: request.clientId });
  return succeed({ request: pushed.value.request, pushed: pushed.value });
}

/**
 * One page for every `request_uri` that is not good here, whosever it is or was. There is nowhere to send an error to: where
 * the answer goes is in the request that was pushed.
 */
function refusePushed(core: Core, context: RequestContext, { reason, clientId }: PushedRefusal): Response {
  core.trail.refused(context, 'authorization.refused', { reason, ...(clientId === undefined ? {} : { clientId }) });
  return errorPageResponse(core, context, {
    title: 'This request is no longer valid',
    summary: 'It was answered before, took too long, or is not one of ours. Start again from the application.',
    code: 'invalid_request_uri',
  });
}

/**
 * The form variant of the endpoint (OAuth 2.1 §3.1). It goes on as a GET: a form from another site comes without our
 * cookies, and handling it as it is would give the browser a new identity and break its other tabs. What is too long for
 * an address is refused here, since a server would answer such a GET without a page.
 */
export const authorizeFormEndpoint: PageHandler = async (core, request, context) => {
  const body = await readBody(request, FORM_MEDIA_TYPE);
  if (!body.ok) return refuseForm(core, context, body.failure);
  const parameters = [new URL(request.url).search.slice(1), body.value].filter((part) => part !== '').join('&');
  const location = `${core.paths.authorize}?${encodeQuery(parameters)}`;
  return location.length > MAX_LOCATION_LENGTH ? refuseForm(core, context, 'request_too_long') : seeOther(location);
};

/** Encodes what may not stand in an address, which may make it three times as long. What was encoded stays as it came: one that
 * is no UTF-8 is for the endpoint to refuse. */
function encodeQuery(parameters: string): string {
  return parameters.replaceAll(/[^A-Za-z0-9*._+%&=-]/gu, encodeURIComponent);
}

/** What is left of the headers that servers read, 16 KiB in Node, with cookies and the rest of a browser's beside it. */
const MAX_LOCATION_LENGTH = 8 * 1024;

function refuseForm(core: Core, context: RequestContext, reason: BodyFailure | 'request_too_long'): Response {
  core.trail.refused(context, 'authorization.refused', { reason });
  return errorPageResponse(core, context, {
    status: describeRefusal(reason).status,
    title: 'This request cannot be read',
    summary: 'Go back to the application and start again.',
    code: 'invalid_request',
  });
}

/** What the checks yield. */
interface AcceptedInBrowser extends AcceptedRequest {
  readonly authenticatedSince: EpochSeconds | undefined;
  /** The user in whose name it is answered at once; undefined where a page asks. */
  readonly remembered: SignedInUser | undefined;
}

async function checkAuthorization(
  core: Core,
  { request, pushed }: CameRequest,
  { client, registered }: KnownRedirect,
  signedIn: SignedInUser | undefined,
): Promise<Result<AcceptedInBrowser, RefusalReason>> {
  if (pushed === undefined && hasToPush(core, client)) return fail('pushed_request_required');
  const checked = await checkAuthorizationRequest(core, request, client);
  if (!checked.ok) return checked;
  const { wishes } = checked.value;
  const now = core.ports.platform.clock.nowEpochSeconds();
  const accepted = {
    ...checked.value,
    authenticatedSince: earliestSignIn(wishes, signedIn?.statedAtEpochSeconds, now),
  };
  const remembered = (await isRemembered(core, { ...accepted, client, registered }, signedIn)) ? signedIn : undefined;
  if (wishes.silent && remembered === undefined) {
    const isSignedIn = signedIn !== undefined && isRecent(signedIn, accepted.authenticatedSince);
    return fail(isSignedIn ? 'consent_needed' : 'login_needed');
  }
  return succeed({ ...accepted, remembered });
}

/** Whether the operator, or the client of itself, wants its requests pushed (RFC 9126 §5, §6). */
function hasToPush({ settings }: Core, client: Client): boolean {
  return settings.pushedAuthorizationRequests === 'required' || client.requirePushedAuthorizationRequests === true;
}

/** Records why, and answers: the client, or where the operator has not let it in, the person, who is shown nothing of it. */
async function refuse(
  core: Core,
  context: RequestContext,
  request: AuthorizationRequest,
  redirect: KnownRedirect,
  signedIn: SignedInUser | undefined,
  reason: RefusalReason,
): Promise<Response> {
  const { client } = redirect;
  core.trail.refused(context, 'authorization.refused', {
    reason,
    clientId: client.clientId,
    clientName: client.clientName,
    ...(signedIn === undefined ? {} : { subject: signedIn.user.subject }),
  });
  return redirect.needsOperator
    ? unknownClientResponse(core, context)
    : sendError(core, request, redirect, signedIn, reason);
}

/**
 * Sends an error to the client: by redirect for one that somebody vouched for, the operator or, by a consent that
 * still stands, this user. Otherwise anybody could register a client and use our address to send people anywhere
 * (RFC 9700 §4.11.2), so the person is shown where the answer would go and decides.
 */
async function sendError(
  core: Core,
  request: AuthorizationRequest,
  redirect: KnownRedirect,
  signedIn: SignedInUser | undefined,
  reason: RefusalReason,
): Promise<Response> {
  const { client, redirectUri, registered } = redirect;
  const location = buildErrorLocation({ redirectUri, state: request.state }, reason, core.settings.issuer);
  if (isVouchedFor(client) || (await hasConsented(core, client, signedIn))) return seeOther(location);
  const view = buildClientView(client, redirectUri, registered);
  const html = core.ports.pages.untrustedRedirect({
    location,
    goesTo: answerPlace(registered),
    clientName: view.name,
    summary: describeRefusal(reason).description,
  });
  return pageResponse(html, { status: 400, isLeaving: true });
}

/** Whether this user let the client act, at whatever resource, as it is described now. */
async function hasConsented(core: Core, client: Client, signedIn: SignedInUser | undefined): Promise<boolean> {
  if (signedIn === undefined) return false;
  const { subject } = signedIn.user;
  const consents = await core.ports.storage.consents.listOfUser(core.settings.tenantId, subject);
  return consents.some((consent) => stands(consent, client, core.ports.platform.hash));
}
