import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import { NotServed } from '../../lib/target-module.js';

/** A fresh, empty store. */
export interface OpenedStorage {
  readonly storage: Storage;
  /** Processes of the database, by id. */
  readonly helpers: readonly number[];
  close(): Promise<void>;
}

/** Opens the store of this kind: `memory`, `sqlite` or `postgres`. @throws NotServed where there is none of it here */
export async function openStorage(kind: string): Promise<OpenedStorage> {
  switch (kind) {
    case 'memory':
      return { storage: createMemoryStorage(), helpers: [], close: async () => {} };
    case 'sqlite':
      return openSqlite();
    default:
      throw new NotServed(`by this build (there is no ${kind})`);
  }
}

/** A file on the disk of the temporary folder, committed to it as always. */
async function openSqlite(): Promise<OpenedStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const storage = await openSqliteStorage({ file: join(folder, 'portcullis.db') });
  return {
    storage,
    helpers: [],
    async close() {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
