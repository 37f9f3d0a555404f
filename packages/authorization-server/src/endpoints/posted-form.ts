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
import { checkCsrfToken, type FormBinding } from '../consent/csrf-token.js';
import type { Core } from '../core.js';
import { errorPageResponse, startAgainResponse, unreadableFormResponse } from './page-response.js';
import { readBody } from './request-body.js';

/** Fields that one form may have several of. */
const REPEATABLE_FIELDS = ['scope', 'kept'];

/** What came with a form that a page of this origin sent. */
export interface PostedForm {
  readonly parameters: OauthParameters;
  readonly cookies: PresentedCookies;
}

/** A form of a transaction, sent from the browser it began in. */
export interface TransactionForm extends PostedForm {
  readonly bound: BoundTransaction;
}

/**
 * Reads a form. Checks where the browser says it comes from, and its encoding. A failure is the page to answer with;
 * nothing has changed. Does not check a token: see {@link checkFormToken}.
 */
export async function readPostedForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<PostedForm, Response>> {
  const foreign = checkSameOriginForm(request.headers, core.settings.issuerUrl.origin);
  if (foreign !== undefined) return fail(refuseForm(core, context, foreign));
  const body = await readBody(request, FORM_MEDIA_TYPE);
  const parameters = body.ok ? parseOauthParameters(body.value, REPEATABLE_FIELDS) : undefined;
  if (parameters === undefined || parameters.problem !== undefined) {
    core.trail.refused(context, 'browser.refused', { reason: body.ok ? 'form_malformed' : body.failure });
    const page = { title: 'This form cannot be read', summary: 'Go back and send it again.' };
    return fail(
      body.ok ? errorPageResponse(core, context, page) : unreadableFormResponse(core, context, body.failure, page),
    );
  }
  return succeed({ parameters, cookies: core.cookies.read(request.headers) });
}

/** The transaction a form names, if this is its browser. Does not look at the transaction's status. */
export async function bindForm(
  core: Core,
  context: RequestContext,
  form: PostedForm,
): Promise<Result<TransactionForm, Response>> {
  const found = await findBoundTransaction(core, form.parameters.value('transaction'), form.cookies);
  if (found.ok) return succeed({ ...form, bound: found.value });
  if (found.failure === 'other_browser') return fail(refuseForm(core, context, found.failure));
  core.trail.refused(context, 'authorization.refused', { reason: found.failure });
  return fail(startAgainResponse(core, context));
}

/** The page for a form whose token is not that of `binding`; undefined where it is. `path` is where it was shown. */
export function checkFormToken(
  core: Core,
  context: RequestContext,
  { parameters, cookies }: PostedForm,
  binding: FormBinding,
  shown: { readonly path: string; readonly clientId?: string },
): Response | undefined {
  return checkCsrfToken(core.ports.platform.hash, binding, cookies.browsers, parameters.value('csrf_token'))
    ? undefined
    : refuseForm(core, context, 'csrf_token_mismatch', shown);
}

/** The page for a form that is not ours. */
export function refuseForm(
  core: Core,
  context: RequestContext,
  reason: string,
  shown?: { readonly path: string; readonly clientId?: string },
): Response {
  const clientId = shown?.clientId;
  core.trail.refused(context, 'browser.refused', { reason, ...(clientId === undefined ? {} : { clientId }) });
  return errorPageResponse(core, context, {
    status: 403,
    title: 'This form cannot be accepted',
    summary: 'It did not come from our own page in this browser. Nothing was changed.',
    ...(shown === undefined ? {} : { retryPath: shown.path }),
  });
}
