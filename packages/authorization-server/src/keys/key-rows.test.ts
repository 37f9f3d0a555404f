import type { StoredSigningKey } from '@portcullis/ports';
import { signingKey } from '@portcullis/ports/testing';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createKeyRows, type KeyRows } from './key-rows.js';

const START = 1_800_000_000;

/** Answers what it holds; or what a test decides, one reading after the other. */
interface Store {
  held: readonly StoredSigningKey[];
  hangs: boolean;
  readonly readings: { answer(): void; fail(): void }[];
}

let now: number;
let store: Store;
let rows: KeyRows;
const ids = async (read: Promise<readonly StoredSigningKey[]>): Promise<readonly string[]> =>
  (await read).map(({ keyId }) => keyId);
const lastReading = () => {
  const reading = store.readings.at(-1);
  if (reading === undefined) throw new Error('Nothing was read');
  return reading;
};

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  now = START;
  store = { held: [signingKey({ keyId: 'old' })], hangs: false, readings: [] };
  const list = () =>
    new Promise<readonly StoredSigningKey[]>((resolve, reject) => {
      store.readings.push({ answer: () => resolve(store.held), fail: () => reject(new Error('down')) });
      if (!store.hangs) lastReading().answer();
    });
  rows = createKeyRows({ list }, { nowEpochSeconds: () => now }, 'default');
  await rows.recent();
  store.held = [signingKey({ keyId: 'new' })];
});
afterEach(() => {
  vi.useRealTimers();
});

/** Half a minute later the store hangs, and one caller has waited for it in vain. */
async function findSilent(): Promise<void> {
  store.hangs = true;
  now += 30;
  const first = ids(rows.recent());
  await vi.advanceTimersByTimeAsync(1000);
  expect(await first).toEqual(['old']);
}

describe('F-05 a store that hangs', () => {
  it('is waited for by one caller for a second; others get at once what was read before, beside one reading', async () => {
    await findSilent();
    for (const later of [0, 4, 10, 15]) {
      now = START + 30 + later;
      expect(await ids(rows.recent())).toEqual(['old']);
    }
    expect(store.readings).toHaveLength(2);
  });

  it('is left alone for five seconds after it has failed, and asked again then without anybody waiting', async () => {
    await findSilent();
    now += 15;
    lastReading().fail();
    await vi.advanceTimersByTimeAsync(0);
    now += 4;
    expect(await ids(rows.recent())).toEqual(['old']);
    expect(store.readings).toHaveLength(2);
    now += 1;
    expect(await ids(rows.recent())).toEqual(['old']);
    expect(store.readings).toHaveLength(3);
  });

  it('is followed as soon as it answers again', async () => {
    await findSilent();
    lastReading().answer();
    await vi.advanceTimersByTimeAsync(0);
    expect(await ids(rows.recent())).toEqual(['new']);
  });

  it('is waited for by whoever wants the rows as they stand now, and the error is theirs', async () => {
    await findSilent();
    const fresh = rows.fresh();
    lastReading().fail();
    await expect(fresh).rejects.toThrow('down');
    expect(await ids(rows.recent())).toEqual(['old']);
  });
});

it('F-05 a store that fails is nobody’s wait, and the old rows stay', async () => {
  store.hangs = true;
  now += 30;
  const asked = ids(rows.recent());
  lastReading().fail();
  expect(await asked).toEqual(['old']);
  expect(await ids(rows.recent())).toEqual(['old']);
  expect(store.readings).toHaveLength(2);
});

it('an old silence makes nobody do with old rows: a store that is back is waited for', async () => {
  await findSilent();
  lastReading().fail();
  await vi.advanceTimersByTimeAsync(0);
  store.hangs = false;
  now += 3600;
  expect(await ids(rows.recent())).toEqual(['new']);
});

it('a change of this process is read at once, whatever the store did before', async () => {
  await findSilent();
  store.hangs = false;
  rows.forget();
  expect(await ids(rows.recent())).toEqual(['new']);
});
