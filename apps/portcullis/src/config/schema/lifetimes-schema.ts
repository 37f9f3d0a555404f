import { findLifetimesBeyond, LONGEST_LIFETIMES } from '@portcullis/authorization-server/rules';
import { strictObject, wholeNumber } from './building-blocks.js';
import { DAY, HOUR, MINUTE } from './durations.js';

/** How long things live. */
export const lifetimesSchema = strictObject({
  codeSeconds: wholeNumber('Authorization code.', 10, LONGEST_LIFETIMES.codeSeconds, MINUTE),
  accessTokenSeconds: wholeNumber('Access token.', 5, LONGEST_LIFETIMES.accessTokenSeconds, 10 * MINUTE),
  refreshIdleSeconds: wholeNumber(
    'Refresh token that is not used.',
    MINUTE,
    LONGEST_LIFETIMES.refreshIdleSeconds,
    30 * DAY,
  ),
  refreshAbsoluteSeconds: wholeNumber(
    'Grant, however often it is refreshed.',
    MINUTE,
    LONGEST_LIFETIMES.refreshAbsoluteSeconds,
    180 * DAY,
  ),
  sessionIdleSeconds: wholeNumber(
    'Sign-in session that is not used.',
    MINUTE,
    LONGEST_LIFETIMES.sessionIdleSeconds,
    30 * MINUTE,
  ),
  sessionAbsoluteSeconds: wholeNumber(
    'Sign-in session in all.',
    MINUTE,
    LONGEST_LIFETIMES.sessionAbsoluteSeconds,
    12 * HOUR,
  ),
  transactionSeconds: wholeNumber(
    'From the request of a client to the answer of the user.',
    MINUTE,
    LONGEST_LIFETIMES.transactionSeconds,
    10 * MINUTE,
  ),
  deviceCodeSeconds: wholeNumber(
    'Code that a device shows, and its own.',
    MINUTE,
    LONGEST_LIFETIMES.deviceCodeSeconds,
    10 * MINUTE,
  ),
  devicePollSeconds: wholeNumber(
    'A device waits this long between two polls, at least.',
    1,
    LONGEST_LIFETIMES.devicePollSeconds,
    5,
  ),
  pushedRequestSeconds: wholeNumber(
    'From a pushed request to the browser that begins with it.',
    5,
    LONGEST_LIFETIMES.pushedRequestSeconds,
    MINUTE,
  ),
  clockToleranceSeconds: wholeNumber('Clocks may differ by this much.', 0, LONGEST_LIFETIMES.clockToleranceSeconds, 30),
}).superRefine((value, context) => {
  for (const { name, message } of findLifetimesBeyond(value))
    context.addIssue({ code: 'custom', path: [name], message });
});
