import { EventEmitter } from 'node:events';
import { expect, it } from 'vitest';
import { waitForShutdown } from './shutdown.js';

it('the first signal asks, a later one insists, and a doubled one is one', async () => {
  const source = new EventEmitter();
  let now = 1000;
  let insisted = 0;
  const asked = waitForShutdown(
    source,
    () => {
      insisted += 1;
    },
    () => now,
  );
  source.emit('SIGINT');
  await asked;
  now += 20;
  source.emit('SIGINT');
  expect(insisted).toBe(0);
  now += 1000;
  source.emit('SIGTERM');
  expect(insisted).toBe(1);
});
