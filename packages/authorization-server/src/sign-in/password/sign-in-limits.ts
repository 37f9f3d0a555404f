import type { RequestContext } from '@portcullis/ports';
import type { Core } from '../../core.js';
import { errorPageResponse } from '../../endpoints/page-response.js';
import { type LimitReached, takePoint } from '../../rate-limits.js';
import { findKnownBrowser } from './known-browser.js';
import type { SignInForm } from './sign-in-form.js';

/**
 * Counts a try, per network and per account; the page to answer with where it is one too many. Before any password is hashed, so
 * that the right one fares no better. A browser that has signed in as this user before has a count of its own, as large, in place of
 * that of the account: so guesses from elsewhere keep nobody out who signs in where they did before.
 */
export async function checkSignInLimits(
  core: Core,
  request: Request,
  context: RequestContext,
  form: SignInForm,
  username: string,
): Promise<Response | undefined> {
  const { signInPerNetwork, signInPerAccount } = core.settings.rateLimits;
  const reachedByNetwork = await takePoint(core, signInPerNetwork, context.network);
  if (reachedByNetwork !== undefined) return refuse(core, context, form, reachedByNetwork, '');
  const known = await findKnownBrowser(core, request.headers, username);
  const reached =
    known === undefined
      ? await takePoint(core, signInPerAccount, username)
      : await takePoint(core, { ...signInPerAccount, name: `${signInPerAccount.name}_known_browser` }, known);
  return reached && refuse(core, context, form, reached, known === undefined ? ABOUT_ACCOUNT : ABOUT_BROWSER);
}

/** Said of every name, whether or not there is such an account. */
const ABOUT_ACCOUNT =
  ' This is about the account that you named: a browser in which you signed in to it before is still let in.';

const ABOUT_BROWSER = ' This is about that account in this browser.';

function refuse(
  core: Core,
  context: RequestContext,
  form: SignInForm,
  { reason, rule, retryAfterSeconds }: LimitReached,
  about: string,
): Response {
  const clientId = form.transaction?.clientId;
  core.trail.refused(context, 'rate_limit.exceeded', {
    reason,
    rule,
    ...(clientId === undefined ? {} : { clientId }),
  });
  return errorPageResponse(
    core,
    context,
    {
      status: 429,
      title: 'Too many tries',
      summary: `Wait ${retryAfterSeconds} seconds, then try again.${about}`,
      retryPath: form.place.path,
    },
    { retryAfterSeconds },
  );
}
