import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@portcullis/ports';
import { openPostgresStorage } from '@portcullis/storage/postgres';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { startCluster } from '../../packages/storage/src/postgres/testing/cluster.js';
import { openDriver } from '../../packages/storage/src/sqlite/driver.js';

/** A database that several processes of the program share, as the test itself sees it. */
export interface SharedDatabase {
  readonly dataDir: string;
  /** What makes a process of the program use it. The data directory is theirs together in any case. */
  readonly env: Readonly<Record<string, string>>;
  /** The rows, read by a third party. Opened when the first process has made them. */
  open(): Promise<Storage>;
  /** Lets nobody write from now on. What is under way waits. */
  holdWrites(): Promise<{ release(): Promise<void> }>;
  /** Removes all of it. The processes have ended. */
  dispose(): Promise<void>;
}

/** The databases the program can work with. */
export const DATABASES: readonly { readonly name: string; start(): Promise<SharedDatabase> }[] = [
  { name: 'SQLite', start: startSqlite },
  { name: 'PostgreSQL', start: startPostgres },
];

function makeDataDirectory(): { readonly folder: string; readonly dataDir: string } {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-faults-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
  return { folder, dataDir };
}

async function startSqlite(): Promise<SharedDatabase> {
  const { folder, dataDir } = makeDataDirectory();
  const file = join(dataDir, 'portcullis.db');
  return {
    dataDir,
    env: {},
    open: () => openSqliteStorage({ file }),
    async holdWrites() {
      const database = await openDriver(file, 250);
      database.exec('BEGIN IMMEDIATE');
      return {
        async release() {
          database.exec('ROLLBACK');
          database.close();
        },
      };
    },
    dispose: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

const DATABASE = 'portcullis';

async function startPostgres(): Promise<SharedDatabase> {
  const { folder, dataDir } = makeDataDirectory();
  const cluster = await startCluster();
  await cluster.createDatabase(DATABASE);
  const connectionString = cluster.url(DATABASE);
  return {
    dataDir,
    env: { DATABASE_URL: connectionString },
    open: () => openPostgresStorage({ connectionString }),
    async holdWrites() {
      const client = await cluster.connect(DATABASE, 'postgres');
      const { rows } = await client.query<{ name: string }>(
        "SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'portcullis'",
      );
      // Readers go on; whoever wants to write waits.
      await client.query(`BEGIN; LOCK TABLE ${rows.map(({ name }) => name).join(', ')} IN EXCLUSIVE MODE`);
      return {
        async release() {
          await client.query('ROLLBACK');
          await client.end();
        },
      };
    },
    async dispose() {
      await cluster.dispose();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
