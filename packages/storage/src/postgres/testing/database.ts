import type { AuditEventType } from '@portcullis/ports';
import { afterAll, beforeAll } from 'vitest';
import { migratePostgres } from '../postgres-storage.js';
import { type Cluster, startCluster } from './cluster.js';

/** The one database of a test file, migrated, on a server of the file's own. */
export interface TestDatabase {
  readonly cluster: Cluster;
  /** For the superuser, who serves here as the role all the same. */
  readonly url: string;
  /** Empties every table. */
  clear(): Promise<void>;
  /** How many events of this type there are, of all tenants. */
  countEvents(type: AuditEventType): Promise<number>;
}

const NAME = 'portcullis';
const START_MILLISECONDS = 60_000;

/** Starts a server before the tests of a file and stops it after; the getter answers its database. */
export function useDatabase(): () => TestDatabase {
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    const cluster = await startCluster();
    const url = cluster.url(NAME);
    await cluster.createDatabase(NAME);
    await migratePostgres({ connectionString: url });
    const tables = await cluster.query<{ name: string }>(
      NAME,
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
        WHERE schemaname = 'portcullis' AND tablename <> 'schema_version' ORDER BY tablename = 'grants'`,
    );
    // Quicker than TRUNCATE where there is next to nothing in them. Grants go after their refresh tokens.
    const empty = tables.map(({ name }) => `DELETE FROM ${name}`).join('; ');
    const clear = async () => {
      await cluster.query(NAME, empty);
    };
    const countEvents = async (type: AuditEventType) => {
      const count = 'SELECT count(*)::int AS count FROM portcullis.audit_events WHERE type = $1';
      const [row] = await cluster.query<{ count: number }>(NAME, count, [type]);
      return row?.count ?? 0;
    };
    database = { cluster, url, clear, countEvents };
  }, START_MILLISECONDS);
  afterAll(async () => {
    await database?.cluster.dispose();
  }, START_MILLISECONDS);
  return () => {
    if (database === undefined) throw new Error('The database is there only while the tests run');
    return database;
  };
}
