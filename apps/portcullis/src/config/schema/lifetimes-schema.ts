import { LONGEST_ACCESS_TOKEN_SECONDS, LONGEST_CLOCK_TOLERANCE_SECONDS } from '@portcullis/ports';
import { strictObject, wholeNumber } from './building-blocks.js';
import { DAY, HOUR, MINUTE } from './durations.js';

/** How long things live. */
export const lifetimesSchema = strictObject({
  codeSeconds: wholeNumber('Authorization code.', 10, 10 * MINUTE, MINUTE),
  accessTokenSeconds: wholeNumber('Access token.', 5, LONGEST_ACCESS_TOKEN_SECONDS, 10 * MINUTE),
  refreshIdleSeconds: wholeNumber('Refresh token that is not used.', MINUTE, 365 * DAY, 30 * DAY),
  refreshAbsoluteSeconds: wholeNumber('Grant, however often it is refreshed.', MINUTE, 730 * DAY, 180 * DAY),
  sessionIdleSeconds: wholeNumber('Sign-in session that is not used.', MINUTE, 30 * DAY, 30 * MINUTE),
  sessionAbsoluteSeconds: wholeNumber('Sign-in session in all.', MINUTE, 90 * DAY, 12 * HOUR),
  transactionSeconds: wholeNumber('From the request of a client to the answer of the user.', MINUTE, HOUR, 10 * MINUTE),
  deviceCodeSeconds: wholeNumber('Code that a device shows, and its own.', MINUTE, HOUR, 10 * MINUTE),
  devicePollSeconds: wholeNumber('A device waits this long between two polls, at least.', 1, MINUTE, 5),
  pushedRequestSeconds: wholeNumber(
    'From a pushed request to the browser that begins with it.',
    5,
    10 * MINUTE,
    MINUTE,
  ),
  clockToleranceSeconds: wholeNumber('Clocks may differ by this much.', 0, LONGEST_CLOCK_TOLERANCE_SECONDS, 30),
}).superRefine((value, context) => {
  if (value.refreshIdleSeconds > value.refreshAbsoluteSeconds) {
    context.addIssue({
      code: 'custom',
      path: ['refreshIdleSeconds'],
      message: 'is longer than refreshAbsoluteSeconds',
    });
  }
  if (value.sessionIdleSeconds > value.sessionAbsoluteSeconds) {
    context.addIssue({
      code: 'custom',
      path: ['sessionIdleSeconds'],
      message: 'is longer than sessionAbsoluteSeconds',
    });
  }
});
