import { StorageUnavailableError } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { startUpkeep, type Upkeep } from './upkeep.js';

const FIVE_MINUTES_MILLISECONDS = 300_000;
let failure: Error | undefined;
let sweeps: number;
let secondsAhead: number;
let rotations: number;
/** What a sweep waits for. */
let store: Promise<void>;
let told: unknown[];
let toldOfStorage: string[];
let ping: () => Promise<void>;
let canSign: () => Promise<boolean>;
let toldOfKeys: number;
let upkeep: Upkeep;
/** What telling throws. */
let speechless: Error | undefined;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  failure = undefined;
  sweeps = 0;
  secondsAhead = 0;
  rotations = 0;
  store = Promise.resolve();
  told = [];
  toldOfStorage = [];
  ping = async () => {};
  speechless = undefined;
  canSign = async () => true;
  toldOfKeys = 0;
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
        await store;
        if (failure !== undefined) throw failure;
        return 0;
      },
      ping: () => ping(),
    },
    platform: {
      ...nodePlatform,
      clock: { nowEpochSeconds: () => nodePlatform.clock.nowEpochSeconds() + secondsAhead },
    },
    rotateKeysIfDue: async () => {
      rotations += 1;
    },
    canSign: () => canSign(),
    onSigningFault: () => {
      toldOfKeys += 1;
      if (speechless !== undefined) throw speechless;
    },
    onSweepFault: (error) => {
      told.push(error);
      if (speechless !== undefined) throw speechless;
    },
    onStorageFault: (error) => {
      toldOfStorage.push(String(error));
      if (speechless !== undefined) throw speechless;
    },
  });
  return vi.advanceTimersByTimeAsync(0);
}
const nextSweep = () => vi.advanceTimersByTimeAsync(FIVE_MINUTES_MILLISECONDS);

it('tells why a sweep failed, once for each cause until one works again', async () => {
  const full = new Error('database or disk is full');
  failure = full;
  await start();
  expect(told).toEqual([full]);
  failure = new Error('database or disk is full');
  await nextSweep();
  expect(told).toEqual([full]);

  const other = new Error('disk I/O error');
  failure = other;
  await nextSweep();
  expect(told).toEqual([full, other]);

  failure = undefined;
  await nextSweep();
  failure = other;
  await nextSweep();
  expect(told).toEqual([full, other, other]);
  expect(sweeps).toBe(5);
});

it('tells nothing of sweeps that work', async () => {
  await start();
  await nextSweep();
  expect({ sweeps, told }).toEqual({ sweeps: 2, told: [] });
});

it('PD-03 sweeps twelve times an hour, so that used proofs do not pile up, and looks at the keys once', async () => {
  await start();
  for (let turn = 0; turn < 12; turn += 1) await nextSweep();
  expect({ sweeps, rotations }).toEqual({ sweeps: 13, rotations: 2 });
});

it('F-07 sweeps by no time that was set forward before that has lasted for a turn', async () => {
  await start();
  expect(sweeps).toBe(1);
  for (const [ahead, expected] of [
    [7200, 1],
    [0, 2],
    [7200, 2],
    [7200, 3],
    [7200, 4],
  ] as const) {
    secondsAhead = ahead;
    await nextSweep();
    expect(sweeps).toBe(expected);
  }
});

it('begins no sweep while one is under way', async () => {
  let end: () => void = () => {};
  store = new Promise((resolve) => {
    end = resolve;
  });
  await start();
  await nextSweep();
  expect(sweeps).toBe(1);
  end();
  await nextSweep();
  expect(sweeps).toBe(2);
});

const nextSecond = () => vi.advanceTimersByTimeAsync(1000);
const stopped = 'StorageUnavailableError: The database cannot answer: nothing listens there';

it('is not ready a second after the store was stopped, and tells why once until it answers again', async () => {
  await start();
  await nextSecond();
  expect(upkeep.storageAnswers()).toBe(true);
  for (let outage = 1; outage <= 2; outage += 1) {
    ping = async () => {
      throw new StorageUnavailableError('The database cannot answer: nothing listens there');
    };
    for (let second = 0; second < 3; second += 1) {
      await nextSecond();
      expect(upkeep.storageAnswers()).toBe(false);
    }
    expect(toldOfStorage).toEqual(Array(outage).fill(stopped));
    ping = async () => {};
    await nextSecond();
    expect(upkeep.storageAnswers()).toBe(true);
  }
});

it('is not ready three seconds after it asked a store that froze, and asks it once at a time', async () => {
  await start();
  let asked = 0;
  let answer: () => void = () => {};
  ping = () => {
    asked += 1;
    return new Promise((resolve) => {
      answer = resolve;
    });
  };
  for (let second = 0; second < 3; second += 1) await nextSecond();
  expect(upkeep.storageAnswers()).toBe(true);
  for (let second = 0; second < 2; second += 1) await nextSecond();
  expect(upkeep.storageAnswers()).toBe(false);
  expect(asked).toBe(1);
  expect(toldOfStorage).toEqual(['StorageUnavailableError: The database cannot answer: it has not for three seconds']);
  answer();
  await vi.advanceTimersByTimeAsync(0);
  expect(upkeep.storageAnswers()).toBe(true);
});

it('goes on where what it tells of the store or of a sweep cannot be told', async () => {
  speechless = new Error('no words');
  failure = new Error('database or disk is full');
  ping = async () => {
    throw new StorageUnavailableError('The database cannot answer: nothing listens there');
  };
  await start();
  await nextSecond();
  expect(upkeep.storageAnswers()).toBe(false);

  ping = () => new Promise(() => {});
  for (let second = 0; second < 4; second += 1) await nextSecond();
  expect(toldOfStorage).toHaveLength(2);
  expect(told).toEqual([failure]);
});

it('is not ready a second after no key signs, and tells so once until one does again', async () => {
  await start();
  for (let outage = 1; outage <= 2; outage += 1) {
    canSign = async () => false;
    for (let second = 0; second < 3; second += 1) {
      await nextSecond();
      expect(upkeep.keySigns()).toBe(false);
    }
    expect(toldOfKeys).toBe(outage);
    canSign = async () => true;
    await nextSecond();
    expect(upkeep.keySigns()).toBe(true);
  }
  expect({ answers: upkeep.storageAnswers(), toldOfStorage }).toEqual({ answers: true, toldOfStorage: [] });
});

it('gives a key service three seconds, and leaves a store that does not answer to its own watch', async () => {
  await start();
  canSign = () => Promise.reject(new StorageUnavailableError('The database cannot answer'));
  for (let second = 0; second < 5; second += 1) await nextSecond();
  expect({ signs: upkeep.keySigns(), toldOfKeys }).toEqual({ signs: true, toldOfKeys: 0 });
  let answer: (signs: boolean) => void = () => {};
  canSign = () =>
    new Promise((resolve) => {
      answer = resolve;
    });
  for (let second = 0; second < 3; second += 1) await nextSecond();
  expect(upkeep.keySigns()).toBe(true);
  await nextSecond();
  expect({ signs: upkeep.keySigns(), toldOfKeys }).toEqual({ signs: false, toldOfKeys: 1 });
  answer(true);
  await vi.advanceTimersByTimeAsync(0);
  expect(upkeep.keySigns()).toBe(true);
});
