import { Kysely, PostgresDialect } from 'kysely';
import { describe, expect, it } from 'vitest';
import type { Database } from '../sql/schema.js';
import { readGuarantees } from './guarantees.js';
import { createPool } from './pool.js';
import { migratePostgres, openPostgresStorage, planPostgresMigrations } from './postgres-storage.js';
import { parseServer } from './server.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();
const TABLES = `SELECT FROM pg_tables WHERE schemaname = 'portcullis'`;

describe('two logins', () => {
  it.each([
    ['opening', openPostgresStorage],
    ['migrating', migratePostgres],
    ['planning', planPostgresMigrations],
  ])('that lead to two databases are refused before anything is changed: %s', async (what, act) => {
    const { cluster } = database();
    const [served, migrated] = [`served_${what}`, `migrated_${what}`];
    await cluster.createDatabase(served);
    await cluster.createDatabase(migrated);
    const logins = { connectionString: cluster.url(served), migrationConnectionString: cluster.url(migrated) };
    await expect(act(logins)).rejects.toThrow(
      new RegExp(
        `^The two logins lead to two databases: the one that serves to ${served} at .*, the one that migrates to ` +
          `${migrated} at .* as postgres\\. Nothing was changed\\. Let DATABASE_URL and DATABASE_MIGRATION_URL`,
      ),
    );
    expect(await cluster.query(served, TABLES)).toEqual([]);
    expect(await cluster.query(migrated, TABLES)).toEqual([]);
  });

  it('may call one database by two names of its server', async () => {
    const { cluster, url } = database();
    const other = new URL(url);
    other.hostname = 'localhost';
    const logins = { connectionString: url, migrationConnectionString: other.href };
    expect((await planPostgresMigrations(logins)).pending).toEqual([]);
    expect(await cluster.query('postgres', `SELECT FROM pg_locks WHERE locktype = 'advisory'`)).toEqual([]);
  });

  it.each([
    ['opening', openPostgresStorage],
    ['migrating', migratePostgres],
    ['planning', planPostgresMigrations],
  ])('that are each in the place of the other are refused, and told which is which: %s', async (what, act) => {
    const { cluster } = database();
    const [name, owner, other] = [`swapped_${what}`, `owner_${what}`, `other_${what}`];
    await cluster.query('postgres', `CREATE ROLE ${owner} LOGIN; CREATE ROLE ${other} LOGIN`);
    await cluster.query('postgres', `GRANT portcullis_app TO ${owner} WITH ADMIN OPTION`);
    await cluster.createDatabase(name, owner);
    const logins = { connectionString: cluster.url(name, other), migrationConnectionString: cluster.url(name, owner) };
    await migratePostgres(logins);
    const swapped = {
      connectionString: logins.migrationConnectionString,
      migrationConnectionString: logins.connectionString,
    };
    await expect(act(swapped)).rejects.toThrow(
      `The two logins look swapped: ${owner}, which is to serve, owns the schema portcullis, and ${other}, which is to migrate, ` +
        'does not. Nothing was changed. Let DATABASE_MIGRATION_URL',
    );
    // Whoever may act as the owner is in no wrong place.
    const asSuperuser = { ...swapped, migrationConnectionString: cluster.url(name) };
    expect((await planPostgresMigrations(asSuperuser)).pending).toEqual([]);
  });

  it('are told apart where the one that serves cannot be used', async () => {
    const { cluster, url } = database();
    const logins = { connectionString: cluster.url('not_there'), migrationConnectionString: url };
    await expect(migratePostgres(logins)).rejects.toThrow(/^Cannot use the database not_there at /);
  });
});

it('a database without the schema is called that, not one without row-level security', async () => {
  const { cluster } = database();
  await cluster.createDatabase('bare');
  const limits = {
    size: 1,
    connectTimeoutMilliseconds: 10_000,
    statementTimeoutMilliseconds: 0,
    lockTimeoutMilliseconds: 0,
  };
  const pool = createPool(parseServer(cluster.url('bare'), 'DATABASE_URL'), limits, 'SELECT 1');
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) });
  try {
    await expect(readGuarantees(db, 'postgres')).rejects.toThrow(
      'this database has no schema yet: run npx portcullis migrate',
    );
  } finally {
    await db.destroy();
  }
});
