import { type RequestContext, randomSecret } from '@portcullis/ports';
import {
  type AuthorizationRequest,
  FORM_MEDIA_TYPE,
  fail,
  parseAuthorizationRequest,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { AUTHORIZATION_CHECKS } from '../checks/authorization-request.js';
import { checkPrompt } from '../checks/prompt.js';
import { checkRedirect, type KnownRedirect } from '../checks/redirect.js';
import { checkRequestedScope } from '../checks/scope.js';
import { buildErrorLocation } from '../consent/authorization-response.js';
import { buildClientView } from '../consent/client-view.js';
import { findSignedInUser, type SignedInUser } from '../consent/signed-in-user.js';
import type { Core } from '../core.js';
import { describeRefusal, type RefusalReason } from '../refusals.js';
import type { EndpointHandler } from './endpoint.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, pageResponse, seeOther } from './page-response.js';
import { readBody } from './request-body.js';
import { refuseUnknown } from './unknown-client-page.js';

/**
 * The authorization endpoint (OAuth 2.1 §3.1, §4.1). Checks the request, stores it as a transaction bound to this
 * browser, and sends the browser to the transaction's page. Who the user is and what they allow comes after.
 */
export const authorizeEndpoint: EndpointHandler = async (core, request, context) => {
  const authorization = parseAuthorizationRequest(new URL(request.url).search.slice(1));
  const redirect = await checkRedirect(core.clients, authorization, context);
  if (!redirect.ok) return refuseUnknown(core, context, authorization.clientId, redirect.failure);
  const cookies = core.cookies.read(request.headers);
  const signedIn = await findSignedInUser(core, cookies);
  const accepted = await checkAuthorization(core, authorization, redirect.value, signedIn !== undefined);
  if (!accepted.ok) return refuse(core, context, authorization, redirect.value, signedIn, accepted.failure);

  const { platform, storage } = core.ports;
  const { client, redirectUri } = redirect.value;
  await core.clients.keep(client, context);
  const now = platform.clock.nowEpochSeconds();
  const handle = randomSecret(platform.random, 'pct_');
  const browser = cookies.browser ?? core.cookies.newBrowserSecret();
  await storage.transactions.create({
    tenantId: core.settings.tenantId,
    transactionHash: platform.hash(handle),
    browserHash: platform.hash(browser),
    clientId: client.clientId,
    redirectUri,
    state: authorization.state,
    ...accepted.value,
    createdAtEpochSeconds: now,
    expiresAtEpochSeconds: now + core.settings.lifetimes.transactionSeconds,
  });
  core.trail.record(
    core.trail.event(context, 'authorization.requested', 'allowed', {
      clientId: client.clientId,
      clientName: client.clientName,
      resource: accepted.value.resource,
      scopes: accepted.value.requestedScopes,
    }),
  );
  return seeOther(
    interactionPath(core, handle),
    cookies.browser === undefined ? [core.cookies.setBrowser(browser)] : [],
  );
};

/**
 * The form variant of the endpoint (OAuth 2.1 §3.1). It goes on as a GET: a form from another site comes without our
 * cookies, and handling it as it is would give the browser a new identity and break its other tabs.
 */
export const authorizeFormEndpoint: EndpointHandler = async (core, request, context) => {
  const body = await readBody(request, FORM_MEDIA_TYPE);
  if (!body.ok) {
    core.trail.refused(context, 'authorization.refused', { reason: body.failure });
    return errorPageResponse(core, context, {
      status: describeRefusal(body.failure).status,
      title: 'This request cannot be read',
      summary: 'Go back to the application and start again.',
      code: 'invalid_request',
    });
  }
  const parameters = [new URL(request.url).search.slice(1), body.value].filter((part) => part !== '').join('&');
  return seeOther(`${core.paths.authorize}?${new URLSearchParams(parameters).toString()}`);
};

/** The part of a transaction that the checks yield. */
interface AcceptedRequest {
  readonly codeChallenge: string;
  readonly resource: string;
  readonly requestedScopes: readonly string[];
}

async function checkAuthorization(
  core: Core,
  request: AuthorizationRequest,
  { client }: KnownRedirect,
  isSignedIn: boolean,
): Promise<Result<AcceptedRequest, RefusalReason>> {
  for (const check of AUTHORIZATION_CHECKS) {
    const reason = check({ request, client });
    if (reason !== undefined) return fail(reason);
  }
  if (request.codeChallenge === undefined) return fail('code_challenge_missing');
  const resource = await core.resources.choose(request.resources);
  if (!resource.ok) return resource;
  const scopes = checkRequestedScope(request.scope, resource.value, client);
  if (!scopes.ok) return scopes;
  const prompt = checkPrompt(request.prompt, isSignedIn);
  if (prompt !== undefined) return fail(prompt);
  return succeed({
    codeChallenge: request.codeChallenge,
    resource: resource.value.identifier,
    requestedScopes: scopes.value,
  });
}

/**
 * Sends an error to the client: by redirect for one that somebody vouched for, the operator or, by a consent that
 * still stands, this user. Otherwise anybody could register a client and use our address to send people anywhere
 * (RFC 9700 §4.11.2), so the person is shown where the answer would go and decides.
 */
async function refuse(
  core: Core,
  context: RequestContext,
  request: AuthorizationRequest,
  redirect: KnownRedirect,
  signedIn: SignedInUser | undefined,
  reason: RefusalReason,
): Promise<Response> {
  const { client, redirectUri } = redirect;
  const { tenantId, issuer } = core.settings;
  core.trail.refused(context, 'authorization.refused', {
    reason,
    clientId: client.clientId,
    clientName: client.clientName,
    ...(signedIn === undefined ? {} : { subject: signedIn.user.subject }),
  });
  const location = buildErrorLocation({ redirectUri, state: request.state }, reason, issuer);
  const now = core.ports.platform.clock.nowEpochSeconds();
  const isTrusted =
    client.source === 'configured' ||
    (signedIn !== undefined &&
      (await core.ports.storage.grants.hasLiveGrant(tenantId, signedIn.user.subject, client.clientId, now)));
  if (isTrusted) return seeOther(location);
  const view = buildClientView(client, redirectUri, core.settings);
  const html = core.ports.pages.untrustedRedirect({
    location,
    redirectHost: view.redirectScheme ?? view.redirectHost,
    clientName: view.name,
    summary: describeRefusal(reason).description,
  });
  return pageResponse(html, { status: 400, isLeaving: true });
}
