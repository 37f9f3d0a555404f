import { nodePlatform } from '@portcullis/ports/node';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startUpkeep, type Upkeep } from './upkeep.js';

const HOUR_MILLISECONDS = 3_600_000;
let failure: Error | undefined;
let sweeps: number;
let told: unknown[];
let upkeep: Upkeep;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  failure = undefined;
  sweeps = 0;
  told = [];
});
afterEach(() => {
  upkeep.stop();
  vi.useRealTimers();
});

function start(): Promise<unknown> {
  upkeep = startUpkeep({
    storage: {
      sweep: async () => {
        sweeps += 1;
        if (failure !== undefined) throw failure;
        return 0;
      },
      ping: async () => {},
    },
    platform: nodePlatform,
    rotateKeysIfDue: async () => {},
    onSweepFault: (error) => told.push(error),
  });
  return vi.advanceTimersByTimeAsync(0);
}
const nextHour = () => vi.advanceTimersByTimeAsync(HOUR_MILLISECONDS);

it('tells why a sweep failed, once for each cause until one works again', async () => {
  const full = new Error('database or disk is full');
  failure = full;
  await start();
  expect(told).toEqual([full]);
  failure = new Error('database or disk is full');
  await nextHour();
  expect(told).toEqual([full]);

  const other = new Error('disk I/O error');
  failure = other;
  await nextHour();
  expect(told).toEqual([full, other]);

  failure = undefined;
  await nextHour();
  failure = other;
  await nextHour();
  expect(told).toEqual([full, other, other]);
  expect(sweeps).toBe(5);
});

it('tells nothing of sweeps that work', async () => {
  await start();
  await nextHour();
  expect({ sweeps, told }).toEqual({ sweeps: 2, told: [] });
});
