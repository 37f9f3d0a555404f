import { StorageUnavailableError } from '@portcullis/ports';
import { issueCode, NOW, redeem, rotate } from '@portcullis/ports/testing';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';
import { type Relay, startRelay } from './testing/relay.js';

const database = useDatabase();

let relay: Relay;
let other: PostgresStorage;
beforeAll(async () => {
  relay = await startRelay(database().cluster.port);
  other = await openPostgresStorage({ connectionString: database().url });
});
beforeEach(() => database().clear());
afterAll(async () => {
  await other.close();
  await relay.close();
});

/** A storage on a machine whose clocks can be made to stand still, for so long at once. */
async function openOnHost() {
  const stood = { monotonic: 0, timeOfDay: 0 };
  const hostClocks = {
    timeOfDay: () => Date.now() - stood.timeOfDay,
    monotonic: () => performance.now() - stood.monotonic,
  };
  const storage = await openPostgresStorage({ connectionString: relay.through(database().url), hostClocks });
  const behind = () => other.clock.nowEpochSeconds() - storage.clock.nowEpochSeconds();
  return { stood, storage, behind };
}

/** Tries as a client does that was answered with 503. */
function untilDone<Value>(act: () => Promise<Value>): Promise<Value> {
  return vi.waitFor(act, { timeout: 10_000, interval: 100 });
}

it('F-07 after a sleep in which its connections died without a word, no refresh token is rotated an hour ago', async () => {
  const now = other.clock.nowEpochSeconds();
  const end = { expiresAtEpochSeconds: now + 7200 };
  await issueCode(other, { issuedAtEpochSeconds: now, ...end });
  await redeem(other, { now, grant: end, refreshToken: end });
  const { stood, storage, behind } = await openOnHost();
  relay.freeze();
  stood.monotonic = 3_600_000;
  const asleep = storage.clock.nowEpochSeconds();
  expect(now - asleep).toBeGreaterThan(3000);
  await expect(rotate(storage, { now: asleep })).rejects.toThrow(StorageUnavailableError);

  expect(Math.abs(behind())).toBeLessThan(5);
  const rotateNow = () => rotate(storage, { now: storage.clock.nowEpochSeconds() });
  expect(await untilDone(rotateNow)).toEqual({ outcome: 'rotated' });
  expect(await rotate(other, { now: other.clock.nowEpochSeconds() })).toMatchObject({ outcome: 'repeated' });
  relay.cut();
  await storage.close();
});

it('F-07 after a pause in which both of its clocks stood still, no act is done by what they say', async () => {
  const { stood, storage, behind } = await openOnHost();
  const acts = {
    read: () => storage.users.list('a'),
    write: () => storage.oneTimeIds.use('a', 'client_assertion', 'one', NOW + 60, NOW),
    ping: () => storage.ping(),
  };
  for (const act of Object.values(acts)) {
    stood.monotonic += 600_000;
    stood.timeOfDay += 600_000;
    expect(behind()).toBeGreaterThan(500);
    await expect(act()).rejects.toThrow(StorageUnavailableError);
    expect(Math.abs(behind())).toBeLessThan(5);
  }
  expect(await untilDone(acts.write)).toBe(true);
  await storage.close();
});
