import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Storage } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { openPostgresStorage } from '@portcullis/storage/postgres';
import { openSqliteStorage } from '@portcullis/storage/sqlite';
import type { TargetPlace } from '../../lib/target-module.js';

/** A fresh, empty store. */
export interface OpenedStorage {
  readonly storage: Storage;
  close(): Promise<void>;
}

/** Opens the store of this kind: `memory`, `sqlite`, or `postgres` at the place that the target was given. */
export async function openStorage(kind: string, { postgres }: Pick<TargetPlace, 'postgres'>): Promise<OpenedStorage> {
  switch (kind) {
    case 'memory':
      return { storage: createMemoryStorage(), close: async () => {} };
    case 'sqlite':
      return openSqlite();
    case 'postgres': {
      const storage = await openPostgresStorage({ connectionString: postgres ?? '' });
      return { storage, close: () => storage.close() };
    }
    default:
      throw new Error(`There is no storage called ${kind}`);
  }
}

/** A file on the disk of the temporary folder, committed to it as always. */
async function openSqlite(): Promise<OpenedStorage> {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  const storage = await openSqliteStorage({ file: join(folder, 'portcullis.db') });
  return {
    storage,
    async close() {
      await storage.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
