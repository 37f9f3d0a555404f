import type { RateLimitRule, RequestContext } from '@portcullis/ports';
import type { Core } from '../../core.js';
import { errorPageResponse } from '../../endpoints/page-response.js';
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
    const decision = await core.ports.rateLimiter.consume(rule, `${core.settings.tenantId}:${key}`);
    if (decision.allowed) continue;
    const clientId = form.transaction?.clientId;
    core.trail.refused(context, 'rate_limit.exceeded', {
      reason: 'rate_limited',
      rule: rule.name,
      ...(clientId === undefined ? {} : { clientId }),
    });
    return errorPageResponse(
      core,
      context,
      {
        status: 429,
        title: 'Too many tries',
        summary: `Wait ${decision.retryAfterSeconds} seconds, then try again.`,
        retryPath: form.place.path,
      },
      { retryAfterSeconds: decision.retryAfterSeconds },
    );
  }
  return undefined;
}
