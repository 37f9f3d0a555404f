import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@portcullis/ports';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { openDriver } from '../../packages/storage/src/sqlite/driver.js';

/** A database that several processes of the program share, as the test itself sees it. */
export interface SharedDatabase {
  readonly dataDir: string;
  /** What makes a process of the program use it. */
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
];

async function startSqlite(): Promise<SharedDatabase> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-faults-'));
  const dataDir = join(folder, 'data');
  mkdirSync(dataDir, { mode: 0o700 });
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
