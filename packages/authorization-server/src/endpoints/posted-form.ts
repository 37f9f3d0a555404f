import type { RequestContext } from '@portcullis/ports';
import {
  FORM_MEDIA_TYPE,
  fail,
  type OauthParameters,
  parseOauthParameters,
  type Result,
  succeed,
} from '@portcullis/protocol';
import { checkSameOriginForm } from '../checks/same-origin-form.js';
import { type BoundTransaction, findBoundTransaction } from '../consent/bound-transaction.js';
import type { PresentedCookies } from '../consent/browser-cookies.js';
import { checkCsrfToken, type FormPurpose } from '../consent/csrf-token.js';
import { findSignedInUser, type SignedInUser } from '../consent/signed-in-user.js';
import type { Core } from '../core.js';
import { interactionPath } from './interaction-path.js';
import { errorPageResponse, seeOther, startAgainResponse } from './page-response.js';
import { readBody } from './request-body.js';

/** A form of one of our own pages, sent from the browser it was shown in. */
export interface PostedForm {
  readonly parameters: OauthParameters;
  readonly bound: BoundTransaction;
  readonly cookies: PresentedCookies;
}

/** A form that decides something in the name of a user. */
export interface DecisionForm extends PostedForm {
  readonly signedIn: SignedInUser;
}

/**
 * Reads the sign-in form. Checks, in this order: where the browser says it comes from, its encoding, that this is the
 * transaction's browser, and the CSRF token. A failure is the page to answer with; nothing has changed. Does not look
 * at the transaction's status.
 */
export async function readSignInForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<PostedForm, Response>> {
  const form = await readBoundForm(core, request, context);
  if (!form.ok) return form;
  const refusal = checkToken(core, context, form.value, 'sign-in', undefined);
  return refusal === undefined ? form : fail(refusal);
}

/**
 * Reads a form of the consent page: as {@link readSignInForm}, and for the user it was shown to. Where the session
 * ended while the page was open, the answer is the way to sign in again.
 */
export async function readDecisionForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<DecisionForm, Response>> {
  const form = await readBoundForm(core, request, context);
  if (!form.ok) return form;
  const signedIn = await findSignedInUser(core, form.value.cookies);
  if (signedIn === undefined) return fail(seeOther(interactionPath(core, form.value.bound.handle)));
  const refusal = checkToken(core, context, form.value, 'consent', signedIn.user.subject);
  return refusal === undefined ? succeed({ ...form.value, signedIn }) : fail(refusal);
}

async function readBoundForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<PostedForm, Response>> {
  const foreign = checkSameOriginForm(request.headers, core.settings.issuerUrl.origin);
  if (foreign !== undefined) return fail(refuse(core, context, foreign));
  const body = await readBody(request, FORM_MEDIA_TYPE);
  const parameters = body.ok ? parseOauthParameters(body.value, ['scope']) : undefined;
  if (parameters === undefined || parameters.problem !== undefined) {
    core.trail.refused(context, 'browser.refused', { reason: body.ok ? 'form_malformed' : body.failure });
    const page = { title: 'This form cannot be read', summary: 'Go back and send it again.' };
    return fail(errorPageResponse(core, context, page));
  }
  const cookies = core.cookies.read(request.headers);
  const found = await findBoundTransaction(core, parameters.value('transaction'), cookies);
  if (found.ok) return succeed({ parameters, bound: found.value, cookies });
  if (found.failure === 'other_browser') return fail(refuse(core, context, found.failure));
  core.trail.refused(context, 'authorization.refused', { reason: found.failure });
  return fail(startAgainResponse(core, context));
}

function checkToken(
  core: Core,
  context: RequestContext,
  { bound, parameters }: PostedForm,
  purpose: FormPurpose,
  subject: string | undefined,
): Response | undefined {
  const binding = { purpose, handle: bound.handle, browser: bound.browser, subject };
  return checkCsrfToken(core.ports.platform.hash, binding, parameters.value('csrf_token'))
    ? undefined
    : refuse(core, context, 'csrf_token_mismatch', bound);
}

function refuse(core: Core, context: RequestContext, reason: string, bound?: BoundTransaction): Response {
  const clientId = bound?.client.clientId;
  core.trail.refused(context, 'browser.refused', { reason, ...(clientId === undefined ? {} : { clientId }) });
  return errorPageResponse(core, context, {
    status: 403,
    title: 'This form cannot be accepted',
    summary: 'It did not come from our own page in this browser. Nothing was changed.',
    ...(bound === undefined ? {} : { retryPath: interactionPath(core, bound.handle) }),
  });
}
