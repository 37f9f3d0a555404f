import { setTimeout as sleep } from 'node:timers/promises';
import { grantAccess, NOW } from '@portcullis/ports/testing';
import { Kysely, PostgresDialect } from 'kysely';
import { expect, it } from 'vitest';
import { revokeGrant } from '../sql/grant-rows.js';
import { writeMarks } from '../sql/revocation-marks.js';
import type { Database } from '../sql/schema.js';
import { createPostgresAccess } from './access.js';
import { createPool } from './pool.js';
import { openPostgresStorage } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

const REVOCATION = { now: NOW, markLifetimeSeconds: 630 };

it('numbers marks in the order of the commits: a later transaction waits for an earlier one that has a number', async () => {
  const { url, cluster } = database();
  const storage = await openPostgresStorage({ connectionString: url });
  await grantAccess(storage);
  await grantAccess(storage, { codeHash: 'code-2', grantId: 'grant-2' }, { tokenHash: 'refresh-b' });
  await grantAccess(storage, { tenantId: 'b' });
  const limits = {
    size: 4,
    connectTimeoutMilliseconds: 10_000,
    statementTimeoutMilliseconds: 15_000,
    lockTimeoutMilliseconds: 15_000,
  };
  const pool = createPool(
    parseServer(url, 'DATABASE_URL'),
    limits,
    'SET search_path TO portcullis; SET ROLE portcullis_app',
  );
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  const access = createPostgresAccess(db);

  let letGo = (): void => undefined;
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let hasNumber = (): void => undefined;
  const numbered = new Promise<void>((resolve) => {
    hasNumber = resolve;
  });
  const finished: string[] = [];
  const first = access
    .write('a', async (trx) => {
      await revokeGrant(trx, 'a', 'grant-1', REVOCATION);
      hasNumber();
      await held;
    })
    .then(() => finished.push('first'));
  await numbered;
  const second = access
    .write('a', (trx) => revokeGrant(trx, 'a', 'grant-2', REVOCATION))
    .then(() => finished.push('second'));
  // Another tenant's marks are numbered by themselves, and wait for nobody.
  await access.write('b', (trx) => writeMarks(trx, 'b', [{ kind: 'subject', value: 's' }], REVOCATION));

  const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'portcullis' AND wait_event_type = 'Lock'`;
  while ((await cluster.query('portcullis', waiting)).length === 0) await sleep(10);
  expect(finished).toEqual([]);
  // The second one, had it not waited, would be seen with the higher number now, and the first one never.
  expect(await storage.revocationMarks.after('a', 0, NOW)).toEqual([]);
  letGo();
  await Promise.all([first, second]);
  expect(finished).toEqual(['first', 'second']);
  const marks = await storage.revocationMarks.after('a', 0, NOW);
  expect(marks.map(({ sequence, value }) => [sequence, value])).toEqual([
    [1, 'grant-1'],
    [2, 'grant-2'],
  ]);
  await db.destroy();
  await storage.close();
});
