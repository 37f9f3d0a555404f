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
  it('F-05 makes no more calls at once than it may', async () => {
    const answers = await Promise.all(Array.from({ length: 9 }, () => run('up')));
    expect(answers.filter((answer) => answer === 'up')).toHaveLength(4);
    expect(await run('up')).toBe('up');
    expect(calls).toBe(5);
  });

  it('F-05 pauses after three failures in a row, and lets one call at a time try then', async () => {
    for (const answer of ['down', 'down', 'up', 'down', 'down', 'down']) await run(answer);
    expect(calls).toBe(6);
    now += 4;
    expect(await run('up')).toBeUndefined();
    now += 1;
    expect(await Promise.all([run('down'), run('down')])).toEqual(['down', undefined]);
    expect(await run('up')).toBeUndefined();
    now += 5;
    expect(await Promise.all([run('up'), run('up')])).toEqual(['up', undefined]);
    expect(await Promise.all([run('up'), run('up')])).toEqual(['up', 'up']);
    expect(calls).toBe(10);
  });

  it('counts a call that rejects as over', async () => {
    const broken = limit.run(() => Promise.reject(new Error('broken')), isFailure);
    await expect(broken).rejects.toThrow('broken');
    const answers = await Promise.all(Array.from({ length: 4 }, () => run('up')));
    expect(answers).toEqual(['up', 'up', 'up', 'up']);
  });
});
