import { afterEach, expect, it } from 'vitest';
import { Bench } from './testing/bench.js';

let bench: Bench;
afterEach(() => bench.upstream.close(0));

it('F-10 leaves no process behind when the gate exits without waiting', async () => {
  bench = new Bench();
  const listeners = () => process.listeners('exit').filter(({ name }) => name === 'leaveLivingBehind');
  await bench.initialize();
  const ours = listeners();
  expect(ours).not.toEqual([]);
  await bench.initialize();
  // One for all that are ever started, however many there were before in this process.
  expect([bench.upstream.processCount(), listeners()]).toEqual([2, ours]);
  for (const listener of ours) listener(0);
  while (bench.upstream.processCount() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const ends = bench.events.filter(({ type }) => type === 'upstream.failed').map(({ detail }) => detail);
  expect(ends).toEqual(['signal SIGTERM', 'signal SIGTERM']);
});
