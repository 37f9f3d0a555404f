import type { RateLimitRule, RequestContext } from '@portcullis/ports';
import type { Core } from '../core.js';
import { giveBackPoint, takePoint } from '../rate-limits.js';
import type { NamedUser } from '../sign-in/presence.js';
import { errorPageResponse } from './page-response.js';

/** Who types a code in, and where. */
export interface UserCodeTyper {
  /** Undefined where nobody is signed in. */
  readonly user: NamedUser | undefined;
  /** The secret of the browser. */
  readonly browser: string;
}

type Count = readonly [rule: RateLimitRule, ...whose: [string, string]];

/**
 * What a wrong code counts for (RFC 8628 §5.1). First for whoever types: the user where somebody is signed in, else the browser. That
 * one alone is fair to those who share an address, and bounds nothing: who throws the cookies away is another browser to us. So it
 * counts for the network as well, among those who are signed in or among those who are not. A whole office that mistypes has room
 * there, and no stranger on its network keeps those out who have signed in.
 *
 * What that leaves to whoever guesses, by the defaults: a code is one of 20^8 (34.6 bits) and lives 600 s, which meet two windows of
 * 600 s at most. From one network that is 400 guesses at it with accounts and without, and a chance of 400 / 20^8, or 2^-26; of a
 * thousand codes that wait at a time one is hit with 2^-16. §5.1 has an example of five guesses and 2^-32. Here a hit gives nobody's
 * access away: whoever guessed may let that device act in their own name, or deny it (ADR 0029).
 */
function countsOf(core: Core, { network }: RequestContext, { user, browser }: UserCodeTyper): readonly [Count, Count] {
  const { userCodeFailures: ofOne, userCodeFailuresPerNetwork: ofNetwork } = core.settings.rateLimits;
  return user === undefined
    ? [
        [ofOne, 'browser', core.ports.platform.hash(browser)],
        [ofNetwork, 'network', network],
      ]
    : [
        [ofOne, 'user', user.subject],
        [ofNetwork, 'users_of_network', network],
      ];
}

/**
 * Takes the points of a code before it is looked up: the page to answer with where one of them has none left. So the right one fares
 * no better than those before it, and of many that are sent at once no more are looked up than there is room for. Whoever has none
 * left takes none of their network any more.
 */
export async function takeUserCodePoint(
  core: Core,
  context: RequestContext,
  typer: UserCodeTyper,
): Promise<Response | undefined> {
  const [ofOne, ofNetwork] = countsOf(core, context, typer);
  const reachedAlone = await takePoint(core, ...ofOne);
  const reached = reachedAlone ?? (await takePoint(core, ...ofNetwork));
  if (reached === undefined) return undefined;
  const { reason, rule, retryAfterSeconds } = reached;
  core.trail.refused(context, 'rate_limit.exceeded', {
    reason,
    rule,
    ...(typer.user === undefined ? {} : { subject: typer.user.subject }),
  });
  const wait = `Wait ${retryAfterSeconds} seconds, then type in the code that the device shows by then.`;
  const isOfStrangers = reachedAlone === undefined && typer.user === undefined;
  return errorPageResponse(
    core,
    context,
    {
      status: 429,
      title: 'Too many wrong codes',
      summary: isOfStrangers
        ? `They came from your network, of people who are not signed in. Sign in first, and they do not count for you. Or: ${wait}`
        : wait,
      retryPath: core.paths.device,
      ...(isOfStrangers ? { signInPath: core.paths.account } : {}),
    },
    { retryAfterSeconds },
  );
}

/** Gives both points back: the code was right, and costs nothing. */
export async function giveBackUserCodePoint(core: Core, context: RequestContext, typer: UserCodeTyper): Promise<void> {
  for (const count of countsOf(core, context, typer)) await giveBackPoint(core, ...count);
}
