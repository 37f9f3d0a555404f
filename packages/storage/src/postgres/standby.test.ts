import { StorageUnavailableError } from '@portcullis/ports';
import { event, NOW, user } from '@portcullis/ports/testing';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import type { Cluster } from './testing/cluster.js';
import { useDatabase } from './testing/database.js';
import { type Relay, startRelay } from './testing/relay.js';

const database = useDatabase();

let standby: Cluster;
let relay: Relay;
let storage: PostgresStorage;
/** By how much the clocks of this machine went on, as if that of the database had been set back. */
let aheadMilliseconds = 0;
beforeAll(async () => {
  const { cluster, url } = database();
  standby = await cluster.startStandby();
  relay = await startRelay(cluster.port);
  // One connection, so that each act is asked on the one that the act before left.
  const hostClocks = {
    timeOfDay: () => Date.now() + aheadMilliseconds,
    monotonic: () => performance.now() + aheadMilliseconds,
  };
  storage = await openPostgresStorage({ connectionString: relay.through(url), poolSize: 1, hostClocks });
  await storage.users.add(user(), event('user.added'));
}, 60_000);
afterAll(async () => {
  await storage.close();
  await relay.close();
  await standby.dispose();
}, 60_000);

const use = (id: string) => storage.oneTimeIds.use('a', 'client_assertion', id, NOW + 60, NOW);

/** The name leads elsewhere. What was connected is cut, and that is noticed, before anything else is asked. */
async function failOver(to: Cluster): Promise<void> {
  relay.leadTo(to.port);
  relay.cut();
  await storage.ping().catch(() => undefined);
}

const IS_READ_ONLY = 'The database cannot answer: it is read-only';

it('F-03 a standby is unavailable to every act, and is not stayed with: the next act goes where the name leads by then', async () => {
  const { cluster } = database();
  const acts = { write: () => use('one'), read: () => storage.users.list('a'), ping: () => storage.ping() };
  for (const [name, act] of Object.entries(acts)) {
    await failOver(standby);
    const refused = await act().then(
      () => new Error(`The standby took it: ${name}`),
      (error: Error) => error,
    );
    expect(refused).toBeInstanceOf(StorageUnavailableError);
    expect(refused.message).toBe(IS_READ_ONLY);
    // Nobody cuts the connection to the standby: it is good, and of no use.
    relay.leadTo(cluster.port);
    await expect(act()).resolves.not.toBe(false);
  }
  expect(await use('one')).toBe(false);
});

it('F-03 what time it is at a standby is nothing to go by', async () => {
  const opening = openPostgresStorage({ connectionString: standby.url('portcullis'), schema: 'existing' });
  await expect(opening).rejects.toThrow('it is read-only');
});

it('F-03 follows the clock of whoever answers after a connection was lost, before a minute is over', async () => {
  aheadMilliseconds = 600_000;
  const ahead = () => storage.clock.nowEpochSeconds() - Date.now() / 1000;
  expect(ahead()).toBeGreaterThan(500);
  await failOver(database().cluster);
  await vi.waitFor(() => expect(ahead()).toBeLessThan(100), { timeout: 30_000 });
});

it('F-03 follows it as well where the connection was lost while nobody used it, so that no act failed', async () => {
  aheadMilliseconds = 1_200_000;
  const ahead = () => storage.clock.nowEpochSeconds() - Date.now() / 1000;
  expect(ahead()).toBeGreaterThan(500);
  relay.cut();
  await vi.waitFor(() => expect(ahead()).toBeLessThan(100), { timeout: 30_000 });
});

it('F-03 a standby that is promoted serves, without a start anew', async () => {
  const { cluster } = database();
  await cluster.caughtUp(standby);
  await failOver(standby);
  await expect(use('two')).rejects.toThrow(IS_READ_ONLY);
  await standby.promote();
  // The clock was found to be wrong in the test before, and for a second after that there is no act.
  await vi.waitFor(() => storage.ping(), { timeout: 10_000 });
  expect([await use('two'), await use('two'), await use('one')]).toEqual([true, false, false]);
  await expect(storage.ping()).resolves.toBeUndefined();
});
