import type { RequestContext } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import type { Core } from '../../core.js';
import { startAgainResponse } from '../../endpoints/page-response.js';
import { bindForm, checkFormToken, type PostedForm, readPostedForm, refuseForm } from '../../endpoints/posted-form.js';
import { accountPlace, type Place, transactionPlace } from '../place.js';

/** A sign-in form of ours, from the browser it was shown in, and where its sign-in leads. */
export interface SignInForm extends PostedForm {
  readonly browser: string;
  readonly place: Place;
  /** Undefined where the sign-in is for the account page. */
  readonly transaction: { readonly handle: string; readonly clientId: string } | undefined;
}

/**
 * Reads the sign-in form. Checks, in this order: where the browser says it comes from, its encoding, that this is the
 * browser it was shown in, the CSRF token, and that the transaction it names still waits. A form that names none is for
 * the account page: there is no other place a sign-in leads to. A failure is the page to answer with; nothing has
 * changed.
 */
export async function readSignInForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<SignInForm, Response>> {
  const posted = await readPostedForm(core, request, context);
  if (!posted.ok) return posted;
  const form =
    posted.value.parameters.value('transaction') === undefined
      ? readAccountForm(core, context, posted.value)
      : await readTransactionForm(core, context, posted.value);
  if (!form.ok) return form;
  const { transaction, place } = form.value;
  const binding = { purpose: 'sign-in', handle: transaction?.handle, subject: undefined } as const;
  const shown = { path: place.path, ...(transaction === undefined ? {} : { clientId: transaction.clientId }) };
  const refusal = checkFormToken(core, context, posted.value, binding, shown);
  return refusal === undefined ? form : fail(refusal);
}

function readAccountForm(core: Core, context: RequestContext, posted: PostedForm): Result<SignInForm, Response> {
  const [browser] = posted.cookies.browsers;
  if (browser === undefined) return fail(refuseForm(core, context, 'other_browser'));
  return succeed({ ...posted, browser, place: accountPlace(core, browser), transaction: undefined });
}

async function readTransactionForm(
  core: Core,
  context: RequestContext,
  posted: PostedForm,
): Promise<Result<SignInForm, Response>> {
  const form = await bindForm(core, context, posted);
  if (!form.ok) return form;
  const { bound } = form.value;
  const { handle, browser, client } = bound;
  if (bound.transaction.status !== 'open') {
    core.trail.refused(context, 'authorization.refused', { reason: 'transaction_ended' });
    return fail(startAgainResponse(core, context));
  }
  const transaction = { handle, clientId: client.clientId };
  return succeed({ ...posted, browser, place: transactionPlace(core, bound), transaction });
}
