import { parseOauthParameters } from '@portcullis/protocol';
import { findBoundTransaction } from '../consent/bound-transaction.js';
import { buildConsentPage, buildSignInPage } from '../consent/page-models.js';
import { findSignedInUser } from '../consent/signed-in-user.js';
import type { EndpointHandler } from './endpoint.js';
import { pageResponse, startAgainResponse } from './page-response.js';

/** Shows what a transaction waits for: a sign-in, or a decision. Changes nothing. Other parameters are ignored: there
 * is no address to return to but the one in the transaction. */
export const interactionEndpoint: EndpointHandler = async (core, request, context) => {
  const cookies = core.cookies.read(request.headers);
  const handle = parseOauthParameters(new URL(request.url).search).value('transaction');
  const found = await findBoundTransaction(core, handle, cookies);
  if (!found.ok || found.value.transaction.status !== 'open') {
    const reason = found.ok ? 'transaction_ended' : found.failure;
    const type = reason === 'other_browser' ? 'browser.refused' : 'authorization.refused';
    core.trail.refused(context, type, { reason });
    return startAgainResponse(core, context);
  }
  const signedIn = await findSignedInUser(core, cookies);
  return pageResponse(
    signedIn === undefined
      ? core.ports.pages.signIn(buildSignInPage(core, found.value))
      : core.ports.pages.consent(buildConsentPage(core, found.value, signedIn.user)),
  );
};
