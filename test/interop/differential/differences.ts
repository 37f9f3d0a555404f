import type { Difference } from './difference.js';
import { DIFFERENCES_OF_REGISTRATION } from './differences-of-registration.js';
import { DIFFERENCES_OF_REQUESTS } from './differences-of-requests.js';
import { DIFFERENCES_OF_TOKENS } from './differences-of-tokens.js';

/**
 * Every difference between our answers and those of `oidc-provider` that is meant to be. A difference that is not here
 * fails the test, and so does a line that describes none.
 */
export const DIFFERENCES: readonly Difference[] = [
  ...DIFFERENCES_OF_REQUESTS,
  ...DIFFERENCES_OF_TOKENS,
  ...DIFFERENCES_OF_REGISTRATION,
];
