import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely, PostgresDialect, sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Database } from '../sql/schema.js';
import { openDatabase } from '../sqlite/open-database.js';
import { migrate, requireMigrated } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { createPool } from './pool.js';
import { migratePostgres, openPostgresStorage, planPostgresMigrations } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';

const ALL = MIGRATIONS;
const KNOWN = MIGRATIONS.length;

const database = useDatabase();

describe('migrate', () => {
  let name: string;
  let count = 0;
  let db: Kysely<Database>;

  beforeEach(async () => {
    count += 1;
    name = `migrate_${count}`;
    await database().cluster.createDatabase(name);
    const limits = {
      size: 2,
      connectTimeoutMilliseconds: 10_000,
      statementTimeoutMilliseconds: 0,
      lockTimeoutMilliseconds: 0,
    };
    const server = parseServer(url(), 'DATABASE_URL');
    const pool = createPool(server, limits, 'SET search_path TO portcullis, pg_temp');
    db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  });
  afterEach(() => db.destroy());

  const url = () => database().cluster.url(name);
  const query = (statement: string) => database().cluster.query(name, statement);
  const versions = () => query('SELECT version FROM portcullis.schema_version ORDER BY version');

  it('numbers its steps 1, 2, 3, …', () => {
    expect(MIGRATIONS.map(({ version }) => version)).toEqual(MIGRATIONS.map((_, index) => index + 1));
  });

  it('is told beforehand, without a change', async () => {
    const logins = { connectionString: url() };
    const before = await database().cluster.dump(name);
    expect(await planPostgresMigrations(logins)).toMatchObject({ current: 0, known: KNOWN, pending: ALL });
    expect(await database().cluster.dump(name)).toBe(before);
    expect(await migratePostgres(logins)).toMatchObject({ current: 0, known: KNOWN, pending: ALL });
    expect(await planPostgresMigrations(logins)).toMatchObject({ current: KNOWN, known: KNOWN, pending: [] });
    expect((await migratePostgres(logins)).pending).toEqual([]);
  });

  it('runs each step once', async () => {
    const step = { version: KNOWN + 1, name: 'next', statements: ['CREATE TABLE extra (tenant_id text)'] };
    await migrate(db, 'postgres', [...MIGRATIONS, step]);
    await migrate(db, 'postgres', [...MIGRATIONS, step]);
    expect(await versions()).toHaveLength(KNOWN + 1);
  });

  it('leaves nothing behind of a step that fails', async () => {
    await migrate(db, 'postgres');
    const before = await database().cluster.dump(name);
    const statements = ['CREATE TABLE extra (id integer)', 'CREATE TABLE users (id integer)'];
    const broken = migrate(db, 'postgres', [...MIGRATIONS, { version: KNOWN + 1, name: 'broken', statements }]);
    await expect(broken).rejects.toThrow('users');
    expect(await database().cluster.dump(name)).toBe(before);
  });

  it('is not done by who may only make a schema, or use one: an older one stays as it is', async () => {
    const logins = { connectionString: url() };
    const empty = await database().cluster.dump(name);
    await expect(openPostgresStorage({ ...logins, schema: 'existing' })).rejects.toThrow(
      'it has no schema yet: run npx portcullis migrate first, or start a gate',
    );
    expect(await database().cluster.dump(name)).toBe(empty);
    await (await openPostgresStorage({ ...logins, schema: 'make' })).close();

    const newer = [
      ...MIGRATIONS,
      { version: KNOWN + 1, name: 'next', statements: ['CREATE TABLE extra (tenant_id text)'] },
    ];
    const before = await database().cluster.dump(name);
    const message = `it has schema version ${KNOWN}, this program needs ${KNOWN + 1}: run npx portcullis migrate first`;
    await expect(migrate(db, 'postgres', newer, 'make')).rejects.toThrow(message);
    await expect(requireMigrated(db, 'postgres', newer)).rejects.toThrow(message);
    expect(await database().cluster.dump(name)).toBe(before);
    for (const schema of ['make', 'existing'] as const) {
      const storage = await openPostgresStorage({ ...logins, schema });
      expect(await storage.users.list('a')).toEqual([]);
      await storage.close();
    }
  });

  it('is refused where a newer program was, and so is opening; planning tells the version', async () => {
    await migrate(db, 'postgres');
    await query(`INSERT INTO portcullis.schema_version VALUES (999, 'from the future')`);
    const message = `it has schema version 999, written by a newer Portcullis; this one knows ${KNOWN}`;
    await expect(migratePostgres({ connectionString: url() })).rejects.toThrow(message);
    for (const schema of ['migrate', 'make', 'existing'] as const) {
      await expect(openPostgresStorage({ connectionString: url(), schema })).rejects.toThrow(message);
    }
    expect((await planPostgresMigrations({ connectionString: url() })).current).toBe(999);
    expect(await versions()).toHaveLength(KNOWN + 1);
  });

  it('names the tenant in every table, so that no row belongs to nobody', async () => {
    await migrate(db, 'postgres');
    const without = await query(`SELECT t.table_name FROM information_schema.tables AS t
      WHERE t.table_schema = 'portcullis' AND NOT EXISTS (SELECT FROM information_schema.columns AS c
        WHERE c.table_schema = t.table_schema AND c.table_name = t.table_name
          AND c.column_name = 'tenant_id' AND c.is_nullable = 'NO')`);
    expect(without).toEqual([{ table_name: 'schema_version' }]);
  });

  it('makes the columns that SQLite has', async () => {
    const { cluster } = database();
    await migrate(db, 'postgres');
    const columns = await cluster.query<{ column: string }>(
      name,
      `SELECT table_name || '.' || column_name AS column FROM information_schema.columns
        WHERE table_schema = 'portcullis' ORDER BY (table_name || '.' || column_name) COLLATE "C"`,
    );
    const directory = await mkdtemp(join(tmpdir(), 'portcullis-columns-'));
    const file = join(directory, 'test.db');
    const access = await openDatabase({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 100 });
    const sqlite = await access.read((opened) =>
      sql<{ column: string }>`SELECT t.name || '.' || c.name AS "column"
        FROM sqlite_schema AS t, pragma_table_info(t.name) AS c
        WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' ORDER BY 1`.execute(opened),
    );
    await access.close();
    await rm(directory, { recursive: true });
    expect(columns).toEqual(sqlite.rows);
  });
});

it('makes the role once when programs open several databases of one server at once', async () => {
  const { cluster } = database();
  const names = ['one', 'two', 'three'];
  for (const name of names) await cluster.createDatabase(name);
  await cluster.query('postgres', 'CREATE ROLE together LOGIN');
  // As on a fresh server: nothing is granted to the role any more, so that it can go.
  for (const { datname } of await cluster.query<{ datname: string }>(
    'postgres',
    `SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate AND datname <> 'postgres'`,
  )) {
    await cluster.query(datname, 'DROP SCHEMA IF EXISTS portcullis CASCADE; DROP OWNED BY portcullis_app');
  }
  await cluster.query('postgres', 'DROP ROLE portcullis_app');
  const storages = await Promise.all(
    [...names, ...names].map((name) =>
      openPostgresStorage({
        connectionString: cluster.url(name, 'together'),
        migrationConnectionString: cluster.url(name),
        connectTimeoutMilliseconds: 30_000,
      }),
    ),
  );
  for (const { guarantees } of storages) expect(guarantees.every(({ held }) => held)).toBe(true);
  await Promise.all(storages.map((storage) => storage.close()));
});
