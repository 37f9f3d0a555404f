import type { Client, RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import { type LimitReached, takePoint } from '../rate-limits.js';
import { errorPageResponse } from './page-response.js';

/**
 * The limit of requests that begin an authorization in the browser: by the network, since nobody has proved anything yet, and
 * apart from what clients of that network push, so that neither keeps out the other. Taken of what is about to be stored, and
 * not of what is refused. Undefined where a point was left; else the trail knows, and the browser has yet to be answered.
 */
export async function checkBrowserRequestLimit(
  core: Core,
  context: RequestContext,
  { clientId }: Client,
): Promise<LimitReached | undefined> {
  const rule = core.settings.rateLimits.authorizationRequestsPerClient;
  const reached = await takePoint(core, rule, 'browsers', context.network);
  if (reached !== undefined) {
    core.trail.refused(context, 'rate_limit.exceeded', { reason: reached.reason, rule: rule.name, clientId });
  }
  return reached;
}

/** The page for whoever waits and loads it again. */
export function tooManyRequestsPage(
  core: Core,
  context: RequestContext,
  { retryAfterSeconds }: LimitReached,
): Response {
  return errorPageResponse(
    core,
    context,
    {
      status: 429,
      title: 'Too many requests at once',
      summary: `Wait ${retryAfterSeconds} seconds, then load this page again.`,
      code: 'temporarily_unavailable',
    },
    { retryAfterSeconds },
  );
}
