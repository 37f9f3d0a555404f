import { afterEach, expect, it } from 'vitest';
import { Bench } from './testing/bench.js';

let bench: Bench;
afterEach(() => bench.upstream.close(0));

it('F-10 leaves no process behind when the gate exits without waiting', async () => {
  bench = new Bench();
  await bench.initialize();
  await bench.initialize();
  // One for all that were ever started.
  const ours = process.listeners('exit').filter(({ name }) => name === 'leaveLivingBehind');
  expect([bench.upstream.processCount(), ours.length]).toEqual([2, 1]);
  for (const listener of ours) listener(0);
  while (bench.upstream.processCount() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const ends = bench.events.filter(({ type }) => type === 'upstream.failed').map(({ detail }) => detail);
  expect(ends).toEqual(['signal SIGTERM', 'signal SIGTERM']);
});
