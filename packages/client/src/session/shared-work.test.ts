import { expect, it } from 'vitest';
import { createSharedWork } from './shared-work.js';

it('CL-11 whoever asks for what is under way has its outcome, a failure too, and whoever asks later has another', async () => {
  const shared = createSharedWork<number>();
  let runs = 0;
  const work = async (): Promise<number> => {
    runs += 1;
    await Promise.resolve();
    if (runs === 1) throw new Error('first');
    return runs;
  };
  const failed = await Promise.allSettled([shared.run('a', work), shared.run('a', work)]);
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(await Promise.all([shared.run('a', work), shared.run('b', work), shared.run('a', work)])).toEqual([3, 3, 3]);
  expect(runs).toBe(3);
});
