import type { RateLimitRule, RequestContext } from '@portcullis/ports';
import type { Core } from '../../core.js';
import { errorPageResponse } from '../../endpoints/page-response.js';
import { giveBackPoint, type LimitReached, takePoint } from '../../rate-limits.js';
import { findKnownBrowser } from './known-browser.js';
import type { SignInForm } from './sign-in-form.js';

/** A try that was counted. */
export type CountedTry =
  /** One too many, and the page to answer with. */
  | { readonly refusal: Response }
  | {
      readonly refusal?: never;
      /** Gives the point of the account back, or that of its known browser: for a try that signs in. */
      giveBack(): Promise<void>;
    };

/**
 * Counts a try, per network and per account. Before any password is hashed, so
 * that the right one fares no better. A browser that has signed in as this user before has a count of its own, as large, in place of
 * that of the account: so guesses from elsewhere keep nobody out who signs in where they did before.
 *
 * What signs in gives its own point of the account back, and no other: each try holds one while it is judged, so guesses that come
 * at once are as few as ever, and none is forgiven that went before. The network's stays taken, which bounds what is hashed for it.
 */
export async function checkSignInLimits(
  core: Core,
  request: Request,
  context: RequestContext,
  form: SignInForm,
  username: string,
): Promise<CountedTry> {
  const { signInPerNetwork, signInPerAccount } = core.settings.rateLimits;
  const reachedByNetwork = await takePoint(core, signInPerNetwork, context.network);
  if (reachedByNetwork !== undefined) return { refusal: refuse(core, context, form, reachedByNetwork, '') };
  const known = await findKnownBrowser(core, request.headers, username);
  const count: readonly [RateLimitRule, string] =
    known === undefined
      ? [signInPerAccount, username]
      : [{ ...signInPerAccount, name: `${signInPerAccount.name}_known_browser` }, known];
  const reached = await takePoint(core, ...count);
  if (reached !== undefined) {
    return { refusal: refuse(core, context, form, reached, known === undefined ? ABOUT_ACCOUNT : ABOUT_BROWSER) };
  }
  return { giveBack: () => giveBackPoint(core, ...count) };
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
