import type { RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import { lookForPoint, takePoint } from '../rate-limits.js';
import { errorPageResponse } from './page-response.js';

/**
 * Whether this browser and this network may have another code looked at: the page to answer with where one of them has had
 * too many wrong ones (RFC 8628 §5.1). Before any code is looked up, so that the right one fares no better.
 */
export async function lookForUserCodePoint(
  core: Core,
  context: RequestContext,
  browser: string,
): Promise<Response | undefined> {
  return askBoth(core, context, browser, lookForPoint);
}

/** Counts a wrong code for both. The page to answer with where it was one too many for either: of codes that are tried at
 * once, no more are told that they were wrong than there is room for. */
export async function countWrongUserCode(
  core: Core,
  context: RequestContext,
  browser: string,
): Promise<Response | undefined> {
  return askBoth(core, context, browser, takePoint);
}

/** A browser that threw its cookies away is another one to us, and on the same network still. */
async function askBoth(
  core: Core,
  context: RequestContext,
  browser: string,
  ask: typeof takePoint,
): Promise<Response | undefined> {
  const rule = core.settings.rateLimits.userCodeFailures;
  const answers = [
    await ask(core, rule, 'browser', core.ports.platform.hash(browser)),
    await ask(core, rule, 'network', context.network),
  ];
  const reached = answers.find((answer) => answer !== undefined);
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
