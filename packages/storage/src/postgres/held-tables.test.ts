import { Kysely, PostgresDialect } from 'kysely';
import type pg from 'pg';
import { afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import type { Database } from '../sql/schema.js';
import { migrate } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { createPool } from './pool.js';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';

const NEXT = MIGRATIONS.length + 1;
const STEPS = [
  ...MIGRATIONS,
  { version: NEXT, name: 'next', statements: ['ALTER TABLE consents ADD COLUMN extra text'] },
];
const SHORT = { lockMilliseconds: 50, pauseMilliseconds: 50, allMilliseconds: 60_000 };

const database = useDatabase();
let gate: PostgresStorage;
let db: Kysely<Database>;
/** Reads every table in one transaction, as a backup does. */
let backup: pg.Client;

beforeAll(async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE backup LOGIN IN ROLE pg_read_all_data');
});

beforeEach(async () => {
  const { cluster, url } = database();
  gate = await openPostgresStorage({ connectionString: url });
  const limits = {
    size: 1,
    connectTimeoutMilliseconds: 10_000,
    statementTimeoutMilliseconds: 0,
    lockTimeoutMilliseconds: 60_000,
  };
  const pool = createPool(parseServer(url, 'DATABASE_URL'), limits, 'SET search_path TO portcullis, pg_temp');
  db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  backup = await cluster.connect('portcullis', 'backup');
  await backup.query(`SET application_name TO pg_dump; BEGIN; SELECT FROM portcullis.consents`);
});
afterEach(async () => {
  await backup.end();
  await db.destroy();
  await gate.close();
});

const version = async () => {
  const question = 'SELECT max(version) AS version FROM portcullis.schema_version';
  return (await database().cluster.query('portcullis', question))[0]?.['version'];
};

it('a migration that waits for a backup lets the gates go on, gives up in the end, and says whose end is waited for', async () => {
  const { pid } = (await backup.query<{ pid: number }>('SELECT pg_backend_pid() AS pid')).rows[0] ?? {};
  await expect(migrate(db, 'postgres', STEPS, 'migrate', { ...SHORT, allMilliseconds: 200 })).rejects.toThrow(
    'its tables were held for too long, and nothing was changed; they are held by ' +
      `pg_dump of backup (process ${pid}): wait for that to end`,
  );
  expect(await version()).toBe(NEXT - 1);
});

it('a migration goes through when the backup has ended, and what the gates do meanwhile is answered', async () => {
  const { cluster } = database();
  const migrating = migrate(db, 'postgres', STEPS, 'migrate', SHORT);
  const waiting = `SELECT FROM pg_locks WHERE NOT granted AND relation = 'portcullis.consents'::regclass`;
  while ((await cluster.query('portcullis', waiting)).length === 0);
  expect(await gate.consents.listOfUser('a', 'subject-alice')).toEqual([]);
  await backup.query('COMMIT');
  expect((await migrating).plan.pending.map((step) => step.version)).toEqual([NEXT]);
  expect(await version()).toBe(NEXT);
});
