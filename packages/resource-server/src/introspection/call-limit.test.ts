import { beforeEach, describe, expect, it } from 'vitest';
import { type CallLimit, createCallLimit } from './call-limit.js';

let now: number;
let calls: number;
let limit: CallLimit;

const isFailure = (answer: string): boolean => answer === 'down';
const run = (answer: string): Promise<string | undefined> =>
  limit.run(async () => {
    calls += 1;
    return answer;
  }, isFailure);

beforeEach(() => {
  now = 1000;
  calls = 0;
  limit = createCallLimit({ clock: { nowEpochSeconds: () => now }, maxCalls: 4 });
});

describe('createCallLimit', () => {
  it('F-05 makes no more calls at once than it may, and has the others wait for their turn', async () => {
    let underWay = 0;
    let most = 0;
    const order: number[] = [];
    const call = (index: number) => async (): Promise<string> => {
      order.push(index);
      underWay += 1;
      most = Math.max(most, underWay);
      await Promise.resolve();
      underWay -= 1;
      return 'up';
    };
    const answers = await Promise.all(Array.from({ length: 9 }, (_, index) => limit.run(call(index), isFailure)));
    expect(answers).toEqual(Array.from({ length: 9 }, () => 'up'));
    expect(most).toBe(4);
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  });

  it('F-05 lets nobody wait longer than a while, and no more than a thousand', async () => {
    limit = createCallLimit({ clock: { nowEpochSeconds: () => now }, maxCalls: 1, waitMilliseconds: 1 });
    let release = (_answer: string): void => undefined;
    const held = limit.run(() => new Promise<string>((resolve) => (release = resolve)), isFailure);
    const answers = await Promise.all(Array.from({ length: 1001 }, () => run('up')));
    expect(answers.every((answer) => answer === undefined)).toBe(true);
    release('up');
    expect(await held).toBe('up');
    expect(await run('up')).toBe('up');
    expect(calls).toBe(1);
  });

  it('F-05 pauses after three failures in a row, and lets one call at a time try then', async () => {
    for (const answer of ['down', 'down', 'up', 'down', 'down', 'down']) await run(answer);
    expect(calls).toBe(6);
    now += 4;
    expect(await run('up')).toBeUndefined();
    now += 1;
    expect(await Promise.all([run('down'), run('up'), run('up')])).toEqual(['down', undefined, undefined]);
    expect(await run('up')).toBeUndefined();
    expect(calls).toBe(7);
    now += 5;
    expect(await Promise.all([run('up'), run('up'), run('up')])).toEqual(['up', 'up', 'up']);
    expect(calls).toBe(10);
  });

  it('counts a call that rejects as over', async () => {
    const broken = limit.run(() => Promise.reject(new Error('broken')), isFailure);
    await expect(broken).rejects.toThrow('broken');
    const answers = await Promise.all(Array.from({ length: 4 }, () => run('up')));
    expect(answers).toEqual(['up', 'up', 'up', 'up']);
  });
});
