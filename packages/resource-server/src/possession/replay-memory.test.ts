import { describe, expect, it } from 'vitest';
import { createReplayMemory, type ReplayMemoryOptions } from './replay-memory.js';

/** A memory, and whether a proof of a key is new in it. */
function remembering(options?: ReplayMemoryOptions) {
  const memory = createReplayMemory(options);
  return (proof: string, expiresAt: number, now: number, key = 'k') => memory.use(proof, expiresAt, now, key);
}

describe('createReplayMemory (RFC 9449 §11.1)', () => {
  it('PD-03 lets each proof be used once, until it may be forgotten', () => {
    const use = remembering();
    expect([use('a', 200, 100), use('a', 200, 100), use('b', 200, 100)]).toEqual([true, false, true]);
    expect([use('a', 200, 199), use('a', 300, 200), use('a', 300, 200)]).toEqual([false, true, false]);
  });

  it('PD-03 F-07 has no proof be new again when the clock goes back, by however much', () => {
    const use = remembering();
    use('a', 200, 100);
    use('b', 230, 130);
    expect([use('a', 200, 70), use('b', 230, 100)]).toEqual([false, false]);
    // Both are forgotten, and then the clock is set back by ten minutes.
    expect(use('c', 900, 800)).toBe(true);
    expect([use('a', 200, 100), use('b', 230, 130), use('c', 900, 130)]).toEqual([false, false, false]);
    expect([use('of the same age', 230, 130), use('younger', 231, 130)]).toEqual([false, true]);
  });

  it('drops none to make room for another, and has room again when one has expired', () => {
    const use = remembering({ maxProofs: 2, maxProofsOfKey: 2 });
    use('a', 200, 100);
    use('b', 201, 100);
    expect(() => use('c', 201, 100)).toThrow('full');
    expect([use('a', 200, 100), use('c', 300, 200), use('b', 201, 200)]).toEqual([false, true, false]);
  });

  it('leaves room for the others, however many proofs one key makes, and gives its room back', () => {
    const use = remembering({ maxProofs: 20 });
    expect([use('a', 200, 100), use('b', 200, 100)]).toEqual([true, true]);
    expect(() => use('c', 200, 100)).toThrow('full for one key');
    expect([use('a', 200, 100), use('d', 200, 100, 'other')]).toEqual([false, true]);
    expect([use('e', 300, 200), use('f', 300, 200)]).toEqual([true, true]);
    expect(() => use('g', 300, 200)).toThrow('full for one key');
  });

  it('keeps no more than it says', () => {
    for (const number of [0, 1.5, Number.NaN]) {
      expect(() => createReplayMemory({ maxProofs: number })).toThrow(TypeError);
      expect(() => createReplayMemory({ maxProofsOfKey: number })).toThrow(TypeError);
    }
  });
});
