import { afterEach, expect, it } from 'vitest';
import { Bench } from './testing/bench.js';

let bench: Bench;
afterEach(() => bench.upstream.close(0));

it('F-10 leaves no process behind when the gate exits without waiting', async () => {
  const before = new Set(process.listeners('exit'));
  bench = new Bench();
  await bench.initialize();
  await bench.initialize();
  const added = process.listeners('exit').filter((listener) => !before.has(listener));
  expect([bench.upstream.processCount(), added.length]).toEqual([2, 1]);
  for (const listener of added) listener(0);
  while (bench.upstream.processCount() > 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const ends = bench.events.filter(({ type }) => type === 'upstream.failed').map(({ detail }) => detail);
  expect(ends).toEqual(['signal SIGTERM', 'signal SIGTERM']);
});
