import { expect, it } from 'vitest';
import { Places } from './places.js';

const never = new AbortController().signal;

it('gives out as many places as there are, and the next to whoever has waited longest', async () => {
  const places = new Places(1);
  expect(await places.take(never)).toBe(true);
  const served: string[] = [];
  const second = places.take(never).then(() => served.push('second'));
  const third = places.take(never).then(() => served.push('third'));
  places.leave();
  await second;
  expect(served).toEqual(['second']);
  places.leave();
  await third;
  expect(served).toEqual(['second', 'third']);
});

it('lets who gave up out of the line, and loses no place by it', async () => {
  const places = new Places(1);
  await places.take(never);
  const leaving = new AbortController();
  const gaveUp = places.take(leaving.signal);
  const patient = places.take(never);
  leaving.abort();
  expect(await gaveUp).toBe(false);
  places.leave();
  expect(await patient).toBe(true);
  places.leave();
  expect(await places.take(never)).toBe(true);
});

it('gives nothing to who came too late', async () => {
  expect(await new Places(1).take(AbortSignal.abort())).toBe(false);
});
