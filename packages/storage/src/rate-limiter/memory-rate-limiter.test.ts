import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createMemoryRateLimiter } from './memory-rate-limiter.js';

const RULE = { name: 'sign-in', points: 3, windowSeconds: 60 };

describe('createMemoryRateLimiter', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: 1_800_000_000_000 });
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  it('allows as many as the rule says, then refuses until the window ends', async () => {
    const limiter = createMemoryRateLimiter();
    for (let taken = 0; taken < 3; taken += 1) {
      expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: true });
    }
    expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: false, retryAfterSeconds: 60 });
    vi.advanceTimersByTime(59_999);
    expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: false, retryAfterSeconds: 1 });
    vi.advanceTimersByTime(1);
    expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: true });
  });

  it('has no options, and says so', () => {
    expect(() => createMemoryRateLimiter({ max: 1 } as never)).toThrow(
      new TypeError('createMemoryRateLimiter: there is no option max; each rule comes with the request that it counts'),
    );
  });

  it('rounds the seconds to wait up, so that nobody comes back too early', async () => {
    const limiter = createMemoryRateLimiter();
    for (let taken = 0; taken < 3; taken += 1) await limiter.consume(RULE, 'alice');
    vi.advanceTimersByTime(18_500);
    expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: false, retryAfterSeconds: 42 });
  });

  it('allows exactly the points of a burst', async () => {
    const limiter = createMemoryRateLimiter();
    const decisions = await Promise.all(Array.from({ length: 50 }, () => limiter.consume(RULE, 'alice')));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it('looks without taking, and sees what was taken until the window ends', async () => {
    const limiter = createMemoryRateLimiter();
    for (let taken = 0; taken < 3; taken += 1) {
      for (let looked = 0; looked < 5; looked += 1)
        expect(await limiter.peek(RULE, 'alice')).toEqual({ allowed: true });
      expect(await limiter.consume(RULE, 'alice')).toEqual({ allowed: true });
    }
    vi.advanceTimersByTime(18_500);
    expect(await limiter.peek(RULE, 'alice')).toEqual({ allowed: false, retryAfterSeconds: 42 });
    expect(await limiter.peek(RULE, 'bob')).toEqual({ allowed: true });
    vi.advanceTimersByTime(41_500);
    expect(await limiter.peek(RULE, 'alice')).toEqual({ allowed: true });
    await expect(limiter.peek({ ...RULE, points: 0 }, 'alice')).rejects.toThrow(RangeError);
  });

  it('gives a point back that was taken, within its window, and never more than there were', async () => {
    const limiter = createMemoryRateLimiter();
    for (let given = 0; given < 3; given += 1) await limiter.giveBack(RULE, 'alice');
    for (let taken = 0; taken < 3; taken += 1) await limiter.consume(RULE, 'alice');
    await limiter.giveBack(RULE, 'bob');
    expect((await limiter.peek(RULE, 'alice')).allowed).toBe(false);
    await limiter.giveBack(RULE, 'alice');
    expect([await limiter.consume(RULE, 'alice'), await limiter.consume(RULE, 'alice')]).toMatchObject([
      { allowed: true },
      { allowed: false },
    ]);
    vi.advanceTimersByTime(60_000);
    await limiter.giveBack(RULE, 'alice');
    const decisions = await Promise.all(Array.from({ length: 9 }, () => limiter.consume(RULE, 'alice')));
    expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(3);
  });

  it('counts each key and each rule by itself', async () => {
    const limiter = createMemoryRateLimiter();
    for (let taken = 0; taken < 4; taken += 1) await limiter.consume(RULE, 'alice');
    expect(await limiter.consume(RULE, 'bob')).toEqual({ allowed: true });
    expect(await limiter.consume({ ...RULE, name: 'token' }, 'alice')).toEqual({ allowed: true });
    expect((await limiter.consume(RULE, 'alice')).allowed).toBe(false);
  });

  it('tells long keys apart that differ at the end, and forgets all of them when their window ends', async () => {
    const limiter = createMemoryRateLimiter();
    const rule = { ...RULE, points: 1 };
    const long = 'k'.repeat(100_000);
    expect((await limiter.consume(rule, `${long}1`)).allowed).toBe(true);
    expect((await limiter.consume(rule, `${long}2`)).allowed).toBe(true);
    expect((await limiter.consume(rule, `${long}1`)).allowed).toBe(false);
    expect(vi.getTimerCount()).toBe(2);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it.each([{ points: 0 }, { points: 1.5 }, { windowSeconds: 0 }, { windowSeconds: Number.NaN }])(
    'refuses a rule that limits nothing or everything: %o',
    async (change) => {
      const limiter = createMemoryRateLimiter();
      await expect(limiter.consume({ ...RULE, ...change }, 'alice')).rejects.toThrow(RangeError);
    },
  );

  it('holds the longest window there can be, and refuses a longer one in words', async () => {
    const limiter = createMemoryRateLimiter();
    const rule = { ...RULE, points: 1, windowSeconds: 2_147_483 };
    await limiter.consume(rule, 'alice');
    vi.advanceTimersByTime(2_147_482_000);
    expect((await limiter.consume(rule, 'alice')).allowed).toBe(false);
    const longer = limiter.consume({ ...rule, windowSeconds: 2_147_484 }, 'alice');
    await expect(longer).rejects.toThrow(/window of more than 2147483 seconds \(24\.8 days\)/);
  });
});
