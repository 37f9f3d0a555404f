import { describeStorageContract } from '@portcullis/ports/testing';
import { afterAll } from 'vitest';
import { openPostgresStorage, type PostgresStorage } from './postgres-storage.js';
import { useDatabase } from './testing/database.js';

const database = useDatabase();

// One for all tests, which find its tables empty: opening is proven elsewhere, and takes longer than most of them.
let storage: PostgresStorage | undefined;
afterAll(() => storage?.close());

describeStorageContract('postgres', async () => {
  const { url, clear, countEvents } = database();
  await clear();
  storage ??= await openPostgresStorage({
    connectionString: url,
    connectTimeoutMilliseconds: 30_000,
    lockTimeoutMilliseconds: 30_000,
  });
  return { storage, countEvents, dispose: async () => {} };
});
