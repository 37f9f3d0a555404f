import { parseOauthParameters } from '@portcullis/protocol';
import { findBoundTransaction } from '../consent/bound-transaction.js';
import { findConsentOffer } from '../consent/consent-offer.js';
import { buildConsentPage } from '../consent/consent-page-model.js';
import { transactionPlace } from '../sign-in/place.js';
import { requireUser } from '../sign-in/require-user.js';
import type { PageHandler } from './endpoint.js';
import { pageResponse, startAgainResponse } from './page-response.js';

/** Shows what a transaction waits for: a sign-in, or a decision. Decides nothing. Other parameters are ignored: there is
 * no address to return to but the one in the transaction. */
export const interactionEndpoint: PageHandler = async (core, request, context) => {
  const cookies = core.cookies.read(request.headers);
  const handle = parseOauthParameters(new URL(request.url).search.slice(1)).value('transaction');
  const found = await findBoundTransaction(core, handle, cookies);
  if (!found.ok || found.value.transaction.status !== 'open') {
    const reason = found.ok ? 'transaction_ended' : found.failure;
    const type = reason === 'other_browser' ? 'browser.refused' : 'authorization.refused';
    core.trail.refused(context, type, { reason });
    return startAgainResponse(core, context);
  }
  const bound = found.value;
  const signedIn = await requireUser(core, request, context, transactionPlace(core, bound));
  if (!signedIn.ok) return signedIn.failure;
  const { user } = signedIn.value;
  const { client, resource } = bound;
  const { requestedScopes } = bound.transaction;
  const offer = await findConsentOffer(core, user.subject, { requestedScopes, client, resource });
  return pageResponse(core.ports.pages.consent(buildConsentPage(core, bound, user, offer)));
};
