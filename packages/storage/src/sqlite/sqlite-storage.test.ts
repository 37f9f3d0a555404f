import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeStorageContract } from '@portcullis/ports/testing';
import { openSqliteStorage } from './sqlite-storage.js';

describeStorageContract('sqlite', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-storage-'));
  const storage = await openSqliteStorage({ file: join(directory, 'test.db') });
  return {
    storage,
    countEvents: storage.countEvents,
    async dispose() {
      await storage.close();
      await rm(directory, { recursive: true });
    },
  };
});
