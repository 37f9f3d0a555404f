import type { RateLimitRule, RequestContext } from '@portcullis/ports';
import type { Core } from '../../core.js';
import { errorPageResponse } from '../../endpoints/page-response.js';
import { takePoint } from '../../rate-limits.js';
import type { SignInForm } from './sign-in-form.js';

/** Counts a try, per network and per account; the page to answer with where it is one too many. Before any password is
 * hashed, so that the right one fares no better. */
export async function checkSignInLimits(
  core: Core,
  context: RequestContext,
  form: SignInForm,
  username: string,
): Promise<Response | undefined> {
  const { signInPerNetwork, signInPerAccount } = core.settings.rateLimits;
  const limits: readonly (readonly [RateLimitRule, string])[] = [
    [signInPerNetwork, context.network],
    [signInPerAccount, username],
  ];
  for (const [rule, key] of limits) {
    const reached = await takePoint(core, rule, key);
    if (reached === undefined) continue;
    const { reason, retryAfterSeconds } = reached;
    const clientId = form.transaction?.clientId;
    core.trail.refused(context, 'rate_limit.exceeded', {
      reason,
      rule: rule.name,
      ...(clientId === undefined ? {} : { clientId }),
    });
    return errorPageResponse(
      core,
      context,
      {
        status: 429,
        title: 'Too many tries',
        summary: `Wait ${retryAfterSeconds} seconds, then try again.`,
        retryPath: form.place.path,
      },
      { retryAfterSeconds },
    );
  }
  return undefined;
}
