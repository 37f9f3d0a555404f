import type { RequestContext } from '@portcullis/ports';
import { fail, type Result, succeed } from '@portcullis/protocol';
import { decisionBinding } from '../consent/decision-binding.js';
import type { Core } from '../core.js';
import { transactionPlace } from '../sign-in/place.js';
import type { SignedInUser } from '../sign-in/presence.js';
import { requireUserOfForm } from '../sign-in/require-user.js';
import { interactionPath } from './interaction-path.js';
import { bindForm, checkFormToken, readPostedForm, type TransactionForm } from './posted-form.js';
import { noteRetryPath } from './retry-path.js';

/** A form that decides something in the name of a user. */
export interface DecisionForm extends TransactionForm {
  readonly signedIn: SignedInUser;
}

/**
 * Reads the form of the consent page. Checks, in this order: where the browser says it comes from, its encoding, that
 * this is the transaction's browser, that somebody is signed in, and that the form was shown to this user, with the
 * client as it is described now. A failure is the page to answer with; nothing has changed. Does not look at the
 * transaction's status.
 */
export async function readDecisionForm(
  core: Core,
  request: Request,
  context: RequestContext,
): Promise<Result<DecisionForm, Response>> {
  const posted = await readPostedForm(core, request, context);
  if (!posted.ok) return posted;
  const handle = posted.value.parameters.value('transaction');
  if (handle !== undefined) noteRetryPath(request, interactionPath(core, handle));
  const form = await bindForm(core, context, posted.value);
  if (!form.ok) return form;
  const { bound } = form.value;
  const place = transactionPlace(core, bound);
  const signedIn = await requireUserOfForm(core, request, context, place);
  if (!signedIn.ok) return signedIn;
  const binding = decisionBinding(bound, signedIn.value.user.subject, core.ports.platform.hash);
  const shown = { path: place.path, clientId: bound.client.clientId };
  const refusal = checkFormToken(core, context, form.value, binding, shown);
  return refusal === undefined ? succeed({ ...form.value, signedIn: signedIn.value }) : fail(refusal);
}
