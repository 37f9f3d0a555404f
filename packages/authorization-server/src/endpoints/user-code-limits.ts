import type { RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import { giveBackPoint, takePoint } from '../rate-limits.js';
import { errorPageResponse } from './page-response.js';

/**
 * Takes a point of this browser and one of this network, before a code is looked up: the page to answer with where one of them
 * has none left (RFC 8628 §5.1). So the right one fares no better than those before it, and of many that are sent at once no
 * more are looked up than there is room for.
 *
 * Once a browser has none left, it takes none of its network any more. One that threw its cookies away is another one to us,
 * and on the same network still.
 */
export async function takeUserCodePoint(
  core: Core,
  context: RequestContext,
  browser: string,
): Promise<Response | undefined> {
  const rule = core.settings.rateLimits.userCodeFailures;
  const reached =
    (await takePoint(core, rule, 'browser', core.ports.platform.hash(browser))) ??
    (await takePoint(core, rule, 'network', context.network));
  if (reached === undefined) return undefined;
  const { reason, retryAfterSeconds } = reached;
  core.trail.refused(context, 'rate_limit.exceeded', { reason, rule: reached.rule });
  return errorPageResponse(
    core,
    context,
    {
      status: 429,
      title: 'Too many wrong codes',
      summary: `Wait ${retryAfterSeconds} seconds, then type in the code that the device shows by then.`,
      retryPath: core.paths.device,
    },
    { retryAfterSeconds },
  );
}

/** Gives both points back: the code was right, and costs nothing. */
export async function giveBackUserCodePoint(core: Core, context: RequestContext, browser: string): Promise<void> {
  const rule = core.settings.rateLimits.userCodeFailures;
  await giveBackPoint(core, rule, 'browser', core.ports.platform.hash(browser));
  await giveBackPoint(core, rule, 'network', context.network);
}
