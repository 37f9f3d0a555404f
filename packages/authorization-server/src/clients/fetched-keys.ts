import type { Clock, UntrustedFetch } from '@portcullis/ports';
import type { LimitReached } from '../rate-limits.js';
import { createKeySetCache, type KeySetCache, type KeySetTimes, readKeySet } from './key-set-cache.js';

/** What one set may cost. */
const TIMEOUT_SECONDS = 5;
const LIMITS = { maxBytes: 64 * 1024, timeoutMilliseconds: TIMEOUT_SECONDS * 1000 };

/** Anybody can name a client. The last good set counts for a day. */
export const CLIENT_KEY_TIMES: KeySetTimes = { cooldownSeconds: 30, maxAgeSeconds: 600, lastGoodSeconds: 86_400 };

/** Sets that are kept at a time, those beside that are just being loaded. */
const MAX_SETS = 500;

/** Every fetch that may run at once is under way. Each ends within its time. */
const ALL_UNDER_WAY: LimitReached = {
  reason: 'rate_limited',
  rule: 'client_keys_at_once',
  retryAfterSeconds: TIMEOUT_SECONDS,
};

/** Public keys of clients, by the addresses that the clients name. */
export type FetchedKeys = KeySetCache;

/**
 * A small cache in front of `untrustedFetch`. A set is asked for again after 10 minutes, and when it lacks the wanted key,
 * but no more often than every 30 s. While the address fails the last good set counts, for a day at most.
 *
 * @param maxAtOnce - fetches under way at a time; one more is forbidden. @defaultValue as many as `untrustedFetch` lets run
 */
export function createFetchedKeys(untrustedFetch: UntrustedFetch, clock: Clock, maxAtOnce?: number): FetchedKeys {
  const headers = { accept: 'application/jwk-set+json, application/json' };
  return createKeySetCache({
    async load(jwksUri) {
      const answer = await untrustedFetch({ url: jwksUri, headers, ...LIMITS });
      return answer.ok ? readKeySet(answer.value) : answer;
    },
    clock,
    times: CLIENT_KEY_TIMES,
    maxSets: MAX_SETS,
    maxAtOnce,
    allUnderWay: ALL_UNDER_WAY,
  });
}
