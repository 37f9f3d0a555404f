import { readFile, writeFile } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { event, user } from '@portcullis/ports/testing';
import { Kysely, PostgresDialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import type { Database } from '../sql/schema.js';
import { migrate } from './migrate.js';
import { createPool } from './pool.js';
import { migratePostgres, openPostgresStorage, planPostgresMigrations } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';

const PASSWORD = 's3cret-canary';

const database = useDatabase();

/** What an operator is told when the database cannot be opened; whatever way, and to whatever depth it is printed. */
async function problemWith(connectionString: string, connectTimeoutMilliseconds = 10_000): Promise<string> {
  const options = { connectionString, connectTimeoutMilliseconds };
  const told = new Set<string>();
  for (const act of [openPostgresStorage, migratePostgres, planPostgresMigrations]) {
    let error: unknown = new Error('It was opened');
    try {
      await act(options);
    } catch (problem) {
      error = problem;
    }
    if (!(error instanceof DatabaseOpenError)) throw error;
    expect(error.message).not.toContain('\n');
    expect(inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })).not.toContain(PASSWORD);
    expect(JSON.stringify(error)).not.toContain(PASSWORD);
    told.add(error.message);
  }
  expect([...told]).toHaveLength(1);
  return [...told].join();
}

/** What a version did that did not look at the encoding. */
async function migrateAsBefore(url: string): Promise<void> {
  const limits = {
    size: 1,
    connectTimeoutMilliseconds: 10_000,
    statementTimeoutMilliseconds: 0,
    lockTimeoutMilliseconds: 0,
  };
  const pool = createPool(parseServer(url, 'DATABASE_URL'), limits, 'SET search_path TO portcullis, pg_temp');
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  await migrate(db, 'postgres');
  await db.destroy();
}

describe('a database that cannot be used', () => {
  it.each([
    ['another kind of URL', `mysql://login:${PASSWORD}@host/database`],
    ['a password alone', PASSWORD],
    ['nothing', ''],
    ['a port that is none', `postgres://login:${PASSWORD}@host:port/database`],
    ['a host that is none', `postgres://login:${PASSWORD}@[::1/database`],
  ])('%s: is told without a word of it', async (_, url) => {
    expect(await problemWith(url)).toBe(
      'DATABASE_URL is not a PostgreSQL URL, like postgres://login:password@host:5432/database',
    );
  });

  it('is told by the name of the setting that is wrong', async () => {
    const { url: connectionString } = database();
    await expect(migratePostgres({ connectionString, migrationConnectionString: 'x' })).rejects.toThrow(
      'DATABASE_MIGRATION_URL is not a PostgreSQL URL',
    );
    await expect(
      migratePostgres({ connectionString: 'x', migrationConnectionString: connectionString }),
    ).rejects.toThrow('DATABASE_URL is not a PostgreSQL URL');
  });

  it('where nothing listens', async () => {
    expect(await problemWith(`postgres://login:${PASSWORD}@127.0.0.1:1/database`)).toBe(
      'Cannot use the database database at 127.0.0.1:1 as login: nothing listens there',
    );
    expect(await problemWith(`postgres://login:${PASSWORD}@/database?host=/nowhere`)).toBe(
      'Cannot use the database database at /nowhere as login: its socket is not there',
    );
  });

  it('that does not exist', async () => {
    const { port } = database().cluster;
    expect(await problemWith(`postgres://postgres:${PASSWORD}@127.0.0.1:${port}/nothing`)).toBe(
      `Cannot use the database nothing at 127.0.0.1:${port} as postgres: there is no such database`,
    );
  });

  it('that refuses the login', async () => {
    const { cluster } = database();
    const { port } = cluster;
    expect(await problemWith(`postgres://nobody:${PASSWORD}@127.0.0.1:${port}/portcullis`)).toBe(
      `Cannot use the database portcullis at 127.0.0.1:${port} as nobody: the login is refused`,
    );
    await cluster.query('postgres', `CREATE ROLE locked LOGIN PASSWORD 'another'`);
    const [row] = await cluster.query<{ hba_file: string }>('postgres', 'SHOW hba_file');
    const file = row?.hba_file ?? '';
    await writeFile(file, `host all locked 127.0.0.1/32 scram-sha-256\n${await readFile(file, 'utf8')}`);
    await cluster.query('postgres', 'SELECT pg_reload_conf()');
    expect(await problemWith(`postgres://locked:${PASSWORD}@127.0.0.1:${port}/portcullis`)).toBe(
      `Cannot use the database portcullis at 127.0.0.1:${port} as locked: the password is wrong`,
    );
  });

  it('that has no letters for some names', async () => {
    const { cluster } = database();
    await cluster.query('postgres', `CREATE DATABASE latin ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    expect(await problemWith(cluster.url('latin'))).toMatch(
      /^Cannot use the database latin at .*: its encoding is LATIN1, .*CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0/,
    );
    expect(await cluster.query('latin', `SELECT FROM pg_namespace WHERE nspname = 'portcullis'`)).toEqual([]);
  });

  it('that has no letters for some names, and the tables already, is served, and what it lacks is told', async () => {
    const { cluster } = database();
    await cluster.query('postgres', `CREATE DATABASE "latin tables" ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`);
    const connectionString = cluster.url('latin tables');
    await migrateAsBefore(connectionString);
    const storage = await openPostgresStorage({ connectionString });
    expect(await storage.users.add(user(), event('user.added'))).toBe('added');
    await storage.close();
    expect((await migratePostgres({ connectionString })).pending).toEqual([]);
    const [doubt] = storage.guarantees.filter(({ id }) => id === 'every_text');
    expect(doubt).toMatchObject({
      held: false,
      detail: expect.stringMatching(/^The database latin tables cannot store .* LATIN1, .*pg_dump$/),
    });
  });

  it('is none that stores bytes as they come', async () => {
    const { cluster } = database();
    await cluster.query('postgres', `CREATE DATABASE bytes ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0`);
    const storage = await openPostgresStorage({ connectionString: cluster.url('bytes') });
    const theirs = user({ username: 'алиса 🗝' });
    expect(await storage.users.add(theirs, event('user.added'))).toBe('added');
    expect(await storage.users.list('a')).toEqual([theirs]);
    await storage.close();
  });

  it('that takes no TLS where the URL asks for it', async () => {
    const { port } = database().cluster;
    expect(await problemWith(`postgres://postgres:${PASSWORD}@127.0.0.1:${port}/portcullis?sslmode=verify-full`)).toBe(
      `Cannot use the database portcullis at 127.0.0.1:${port} as postgres: it takes no TLS, which the sslmode of the URL, or ` +
        'PGSSLMODE, asks for: switch TLS on at the server (ssl = on), or where no network lies between say sslmode=disable',
    );
  });

  it('that takes the connection and never says a word', async () => {
    const sockets: Socket[] = [];
    const silent = createServer((socket) => sockets.push(socket));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const address = silent.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    expect(await problemWith(`postgres://login:${PASSWORD}@127.0.0.1:${port}/database`, 100)).toBe(
      `Cannot use the database database at 127.0.0.1:${port} as login: it did not answer in time`,
    );
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => silent.close(resolve));
  });
});

it('is not held back by a database that is read-only by default, and is by one that its login may not connect to', async () => {
  const { cluster } = database();
  await cluster.query('postgres', 'CREATE ROLE held LOGIN');
  await cluster.createDatabase('held', 'held');
  const connectionString = cluster.url('held', 'held');
  await migratePostgres({ connectionString });
  await cluster.query('postgres', 'ALTER DATABASE held SET default_transaction_read_only = on');
  const storage = await openPostgresStorage({ connectionString, schema: 'existing' });
  expect(await storage.users.add(user(), event('user.added'))).toBe('added');
  await storage.close();
  await cluster.query('postgres', 'REVOKE CONNECT ON DATABASE held FROM held, PUBLIC');
  await expect(openPostgresStorage({ connectionString })).rejects.toThrow(/^Cannot use the database held at /);
});
