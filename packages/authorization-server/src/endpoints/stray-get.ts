import type { PageHandler } from './endpoint.js';
import { seeOther, startAgainResponse } from './page-response.js';

// A page that answers a form stands at the form's target, and Enter in the address bar leads there with a GET. Neither of
// these looks at the request, so there is nothing to be had by leading somebody here.

/** For the targets of the account page. */
export const toAccount: PageHandler = async (core) => seeOther(core.paths.account);

/** For the targets of a transaction's pages: which transaction it was about is not known here. */
export const toStartAgain: PageHandler = async (core, _request, context) => startAgainResponse(core, context);
