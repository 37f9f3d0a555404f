import { hash } from 'node:crypto';
import {
  LONGEST_WINDOW_SECONDS,
  type RateLimitDecision,
  type RateLimiter,
  type RateLimitRule,
} from '@portcullis/ports';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';

/**
 * Counts in this process: a fixed window for each key, which starts at the key's first request. Every rule has its own
 * counters. Keys are kept as SHA-256 hashes, so a stranger chooses neither the size of an entry nor what is in memory;
 * an entry goes when its window ends. What is held at once is bounded by the requests of one window, and so by the
 * limits that stand in front (per network). Nothing is shared with other processes, and a restart forgets everything.
 *
 * @param options - there are none so far
 * @throws {TypeError} for an option, which would have no effect
 * @throws {RangeError} from every act, when a rule's points or window are not whole numbers of at least 1, or the window is
 *   longer than 24.8 days ({@link LONGEST_WINDOW_SECONDS})
 */
export function createMemoryRateLimiter(options: Readonly<Record<string, never>> = {}): RateLimiter {
  const [unknown] = Object.keys(options);
  if (unknown !== undefined) {
    throw new TypeError(
      `createMemoryRateLimiter: there is no option ${unknown}; each rule comes with the request that it counts`,
    );
  }
  const limiters = new Map<string, RateLimiterMemory>();

  function limiterOf(rule: RateLimitRule): RateLimiterMemory {
    const id = `${rule.name} ${rule.points} ${rule.windowSeconds}`;
    const known = limiters.get(id);
    if (known !== undefined) return known;
    if (!isCount(rule.points) || !isCount(rule.windowSeconds)) {
      throw new RangeError(`The rate limit ${rule.name} needs whole numbers of at least 1`);
    }
    if (rule.windowSeconds > LONGEST_WINDOW_SECONDS) {
      throw new RangeError(
        `The rate limit ${rule.name} has a window of more than ${LONGEST_WINDOW_SECONDS} seconds (24.8 days), which no timer can hold`,
      );
    }
    const limiter = new RateLimiterMemory({ points: rule.points, duration: rule.windowSeconds });
    limiters.set(id, limiter);
    return limiter;
  }

  return {
    async consume(rule, key) {
      const limiter = limiterOf(rule);
      try {
        await limiter.consume(counterOf(key));
        return { allowed: true };
      } catch (refusal) {
        if (!(refusal instanceof RateLimiterRes)) throw refusal;
        return refuse(refusal);
      }
    },
    async peek(rule, key) {
      const count = await limiterOf(rule).get(counterOf(key));
      return count === null || count.consumedPoints < rule.points ? { allowed: true } : refuse(count);
    },
    async giveBack(rule, key) {
      const limiter = limiterOf(rule);
      const count = await limiter.get(counterOf(key));
      if (count !== null && count.consumedPoints > 0) await limiter.reward(counterOf(key));
    },
  };
}

function counterOf(key: string): string {
  return hash('sha256', key, 'base64url');
}

function refuse({ msBeforeNext }: RateLimiterRes): RateLimitDecision {
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil(msBeforeNext / 1000)) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
