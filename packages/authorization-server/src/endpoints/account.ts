import type { RequestContext } from '@portcullis/ports';
import { fail, MAX_CLIENT_ID_LENGTH, type Result, succeed } from '@portcullis/protocol';
import { buildAccountPage } from '../account/account-page-model.js';
import { findKeptClient } from '../clients/kept-client.js';
import type { Core } from '../core.js';
import { accountPlace, type Place } from '../sign-in/place.js';
import { findPresence } from '../sign-in/presence.js';
import { requireUser, requireUserOfForm } from '../sign-in/require-user.js';
import { signOut } from '../sign-in/sign-out.js';
import type { PageHandler } from './endpoint.js';
import { errorPageResponse, pageResponse, seeOther, signedOutResponse } from './page-response.js';
import { checkFormToken, type PostedForm, readPostedForm, refuseForm } from './posted-form.js';

/** Shows a user what is connected to their account. What was just done is told once, by a cookie of ours: nothing of the
 * address is ever shown. */
export const accountEndpoint: PageHandler = async (core, request, context) => {
  const { browser, setCookies: setBrowser } = core.cookies.identify(request.headers);
  const signedIn = await requireUser(core, request, context, accountPlace(core, browser, setBrowser));
  if (!signedIn.ok) return signedIn.failure;
  const notice = core.cookies.readNotice(request.headers);
  const page = await buildAccountPage(core, browser, signedIn.value.user, notice);
  const setCookies = notice === undefined ? setBrowser : [...setBrowser, core.cookies.clearNotice()];
  return pageResponse(core.ports.pages.account(page), { setCookies });
};

/** Takes a client off the account of a user: its grants end with their access tokens, and its consents are forgotten. */
export const disconnectEndpoint: PageHandler = async (core, request, context) => {
  const form = await readAccountForm(core, request, context);
  if (!form.ok) return form.failure;
  const { parameters, place } = form.value;
  const signedIn = await requireUserOfForm(core, request, context, place);
  if (!signedIn.ok) return signedIn.failure;
  const { subject, username } = signedIn.value.user;
  const refusal = checkAccountToken(core, context, form.value, subject);
  if (refusal !== undefined) return refusal;
  const clientId = parameters.value('client_id');
  if (clientId === undefined || clientId.length > MAX_CLIENT_ID_LENGTH) {
    core.trail.refused(context, 'browser.refused', { reason: 'client_id_missing', subject });
    return errorPageResponse(core, context, {
      title: 'This form cannot be accepted',
      summary: 'It does not say which application it is about. Nothing was changed.',
      retryPath: place.path,
    });
  }

  const { platform, storage } = core.ports;
  const { tenantId, markLifetimeSeconds } = core.settings;
  const clientName = (await findKeptClient(core, clientId))?.clientName;
  const event = core.trail.event(context, 'consent.withdrawn', 'allowed', {
    clientId,
    ...(clientName === undefined ? {} : { clientName }),
    subject,
    username,
  });
  const revocation = { now: platform.clock.nowEpochSeconds(), markLifetimeSeconds };
  const isDone = await storage.grants.disconnect(tenantId, subject, clientId, revocation, event);
  if (isDone) core.trail.record(event);
  const notice = core.cookies.setNotice({ notice: isDone ? 'disconnected' : 'nothing_to_disconnect', clientId });
  return seeOther(place.path, [notice]);
};

/** Signs a user out who came to their account, whether or not they may act. */
export const signOutEndpoint: PageHandler = async (core, request, context) => {
  const form = await readAccountForm(core, request, context);
  if (!form.ok) return form.failure;
  const { place } = form.value;
  const presence = await findPresence(core, request);
  const page = { reason: 'asked', continuePath: place.anotherUserPath, goesOn: false } as const;
  if (presence.state === 'nobody' || presence.state === 'unusable') return signedOutResponse(core, page);
  const refusal = checkAccountToken(core, context, form.value, presence.user.subject);
  if (refusal !== undefined) return refusal;
  return signedOutResponse(core, page, await signOut(core, request, context, presence.user));
};

/** A form of the account page, before its token was looked at. */
interface AccountForm extends PostedForm {
  readonly place: Place;
}

async function readAccountForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<AccountForm, Response>> {
  const posted = await readPostedForm(core, request, context);
  if (!posted.ok) return posted;
  const [browser] = posted.value.cookies.browsers;
  if (browser === undefined) return fail(refuseForm(core, context, 'other_browser', { path: core.paths.account }));
  return succeed({ ...posted.value, place: accountPlace(core, browser) });
}

function checkAccountToken(
  core: Core,
  context: RequestContext,
  form: AccountForm,
  subject: string,
): Response | undefined {
  const binding = { purpose: 'account', handle: undefined, subject } as const;
  return checkFormToken(core, context, form, binding, { path: form.place.path });
}
