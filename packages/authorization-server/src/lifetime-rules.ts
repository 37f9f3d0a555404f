import { LONGEST_ACCESS_TOKEN_SECONDS, LONGEST_CLOCK_TOLERANCE_SECONDS } from '@portcullis/ports';
import type { Lifetimes } from './options.js';

const MINUTE_SECONDS = 60;
const HOUR_SECONDS = 3600;
const DAY_SECONDS = 86_400;

/**
 * How long things may live at most, in seconds, for the library and the program alike. A code is for the next request of a client
 * (RFC 6749 §4.1.2 recommends ten minutes at most). There is no lower bound here: what lives briefly harms nobody.
 */
export const LONGEST_LIFETIMES: Readonly<Lifetimes> = {
  codeSeconds: 10 * MINUTE_SECONDS,
  accessTokenSeconds: LONGEST_ACCESS_TOKEN_SECONDS,
  refreshIdleSeconds: 365 * DAY_SECONDS,
  refreshAbsoluteSeconds: 730 * DAY_SECONDS,
  refreshGraceSeconds: 10 * MINUTE_SECONDS,
  sessionIdleSeconds: 30 * DAY_SECONDS,
  sessionAbsoluteSeconds: 90 * DAY_SECONDS,
  transactionSeconds: HOUR_SECONDS,
  deviceCodeSeconds: HOUR_SECONDS,
  devicePollSeconds: MINUTE_SECONDS,
  pushedRequestSeconds: 10 * MINUTE_SECONDS,
  clockToleranceSeconds: LONGEST_CLOCK_TOLERANCE_SECONDS,
};

/** Which lifetimes end within which others. */
const WITHIN = [
  ['refreshIdleSeconds', 'refreshAbsoluteSeconds'],
  ['sessionIdleSeconds', 'sessionAbsoluteSeconds'],
] as const satisfies readonly (readonly [keyof Lifetimes, keyof Lifetimes])[];

/** A lifetime that is longer than the one it is a part of. */
export interface LifetimeBeyond {
  readonly name: (typeof WITHIN)[number][0];
  readonly whole: (typeof WITHIN)[number][1];
  /** As words that follow the name. */
  readonly message: string;
}

/** Those that are longer than what they are a part of: the longer of the two would mean nothing. */
export function findLifetimesBeyond(
  lifetimes: Pick<Lifetimes, (typeof WITHIN)[number][number]>,
): readonly LifetimeBeyond[] {
  return WITHIN.filter(([name, whole]) => lifetimes[name] > lifetimes[whole]).map(([name, whole]) => ({
    name,
    whole,
    message: `is longer than ${whole}`,
  }));
}
