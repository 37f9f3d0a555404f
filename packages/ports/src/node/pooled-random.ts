import { getRandomValues } from 'node:crypto';
import type { Random } from '../platform.js';

/** A call of the system's generator costs the same for few bytes as for many. */
const POOL_BYTES = 4096;

/** What is no larger comes out of the pool. */
const LARGEST_POOLED_BYTES = 64;

/** The system's generator, asked for many bytes at a time. What was given out is wiped from the pool. */
export function createPooledRandom(): Random {
  const pool = new Uint8Array(POOL_BYTES);
  let taken = POOL_BYTES;
  return {
    bytes(length) {
      if (length > LARGEST_POOLED_BYTES) return getRandomValues(new Uint8Array(length));
      if (taken + length > POOL_BYTES) {
        getRandomValues(pool);
        taken = 0;
      }
      const bytes = pool.slice(taken, taken + length);
      pool.fill(0, taken, taken + length);
      taken += length;
      return bytes;
    },
  };
}
