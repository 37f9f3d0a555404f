import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@portcullis/ports';
import {
  authorizationCode,
  consentOf,
  deviceApproval,
  deviceAuthorization,
  event,
  finishApproval,
  NOW,
  prepareApproval,
  pushedRequest,
  redirectAnswer,
  transaction,
  user,
} from '@portcullis/ports/testing';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SqlAccess } from '../sql/access.js';
import { createSqlStores } from '../sql/sql-stores.js';
import { type SqliteAccess, toSqlAccess } from './access.js';
import { openDatabase } from './open-database.js';

// An act that is taken back takes the acts beside it along, which then run again, each in a transaction of its own. So nobody
// may bring that about at will: whoever comes too late, as anybody may who has two pages open, is told so by reading.

let directory: string;
let opened: SqliteAccess;
let storage: Storage;
/** Acts that were taken back. */
let takenBack = 0;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-lost-'));
  const file = join(directory, 'test.db');
  opened = await openDatabase({ file, busyTimeoutMilliseconds: 50, patienceMilliseconds: 5000 });
  const access = toSqlAccess(opened);
  const watched: SqlAccess = {
    read: access.read,
    write: (tenantId, work) =>
      access.write(tenantId, (trx) =>
        work(trx).catch((error: unknown) => {
          takenBack += 1;
          throw error;
        }),
      ),
  };
  storage = { ...createSqlStores(watched), ping: async () => {}, close: async () => {} };
  await storage.users.add(user(), event('user.added'));
});
afterAll(async () => {
  await opened.close();
  await rm(directory, { recursive: true });
});

it('a device that was decided on elsewhere is neither approved nor denied, and nothing is taken back', async () => {
  const device = deviceAuthorization();
  await storage.deviceCodes.create(device);
  for (const name of ['first', 'second', 'third']) await prepareApproval(storage, device, deviceApproval(), name);
  const finish = (name: string) => finishApproval(storage, device, deviceApproval(), NOW, name);
  const deny = () => storage.transactions.deny('a', 'third', NOW, event('consent.denied'));
  expect(await Promise.all([finish('first'), finish('second'), deny()])).toEqual(['approved', 'refused', false]);
  expect(takenBack).toBe(0);
});

it('PD-01 a pushed request that was used yields nothing more, and nothing is taken back', async () => {
  await storage.pushedRequests.create(pushedRequest());
  const answer = redirectAnswer({ pushedRequestHash: 'pushed-1' });
  const issue = async (transactionHash: string) => {
    const code = authorizationCode({ codeHash: transactionHash });
    const granted = event('consent.granted');
    return storage.transactions.issue('a', transactionHash, code, consentOf(code), 'sealed', NOW, granted);
  };
  for (const transactionHash of ['x', 'y']) {
    await storage.transactions.create(transaction({ transactionHash, answer }));
    await storage.transactions.authenticate('a', transactionHash, 'subject-alice', NOW, NOW);
    await storage.transactions.approve('a', transactionHash, [], NOW);
  }
  expect(await Promise.all([issue('x'), issue('y')])).toMatchObject([{ outcome: 'issued' }, { outcome: 'refused' }]);
  expect(takenBack).toBe(0);
});
