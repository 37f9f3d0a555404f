import type { Client, RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import { takePoint } from '../rate-limits.js';
import { errorPageResponse } from './page-response.js';

/**
 * The limit of requests that begin an authorization in the browser: by the network, since nobody has proved anything yet, and
 * apart from what clients of that network push, so that neither keeps out the other. Taken of what is about to be stored, and
 * not of what is refused; the page to answer with where no point is left.
 */
export async function checkBrowserRequestLimit(
  core: Core,
  context: RequestContext,
  { clientId }: Client,
): Promise<Response | undefined> {
  const rule = core.settings.rateLimits.authorizationRequestsPerClient;
  const reached = await takePoint(core, rule, 'browsers', context.network);
  if (reached === undefined) return undefined;
  const { reason, retryAfterSeconds } = reached;
  core.trail.refused(context, 'rate_limit.exceeded', { reason, rule: rule.name, clientId });
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
