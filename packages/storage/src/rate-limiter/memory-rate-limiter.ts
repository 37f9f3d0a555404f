import { hash } from 'node:crypto';
import type { RateLimitDecision, RateLimiter, RateLimitRule } from '@portcullis/ports';
import { type FixedWindow, FixedWindows } from './fixed-windows.js';

/**
 * Counts in this process: a fixed window for each key, which starts at the key's first request. Every rule has its own
 * counters. Keys are kept as SHA-256 hashes, so a stranger chooses neither the size of an entry nor what is in memory;
 * an entry goes at the first request after its window has ended. What is held at once is bounded by the requests of one
 * window, and so by the limits that stand in front (per network). Nothing is shared with other processes, and a restart
 * forgets everything.
 *
 * @throws {RangeError} from both acts, when a rule's points or window are not whole numbers of at least 1
 */
export function createMemoryRateLimiter(): RateLimiter {
  const windowsByRule = new Map<string, FixedWindows>();

  function windowsOf(rule: RateLimitRule): FixedWindows {
    const id = `${rule.name} ${rule.points} ${rule.windowSeconds}`;
    const known = windowsByRule.get(id);
    if (known !== undefined) return known;
    if (!isCount(rule.points) || !isCount(rule.windowSeconds)) {
      throw new RangeError(`The rate limit ${rule.name} needs whole numbers of at least 1`);
    }
    const windows = new FixedWindows(rule.windowSeconds * 1000);
    windowsByRule.set(id, windows);
    return windows;
  }

  return {
    async consume(rule, key) {
      const now = performance.now();
      const window = windowsOf(rule).take(counterOf(key), now);
      return window.taken <= rule.points ? { allowed: true } : refuse(window, now);
    },
    async peek(rule, key) {
      const now = performance.now();
      const window = windowsOf(rule).find(counterOf(key), now);
      return window === undefined || window.taken < rule.points ? { allowed: true } : refuse(window, now);
    },
  };
}

function counterOf(key: string): string {
  return hash('sha256', key, 'base64url');
}

function refuse({ endsMilliseconds }: FixedWindow, now: number): RateLimitDecision {
  return { allowed: false, retryAfterSeconds: Math.max(1, Math.ceil((endsMilliseconds - now) / 1000)) };
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 1;
}
