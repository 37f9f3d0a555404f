import { afterEach, beforeEach } from 'vitest';
import type { AuditEventType } from '../audit.js';
import type { Storage } from '../stores/storage.js';

/** One adapter, opened fresh and empty for one test. */
export interface StorageUnderTest {
  readonly storage: Storage;
  /** How many events of this type the adapter has committed, whichever tenant they are of. */
  countEvents(type: AuditEventType): Promise<number>;
  /** Closes the adapter and removes what it left behind. */
  dispose(): Promise<void>;
}

/** Opens a fresh adapter. Called once per test. */
export type OpenStorage = () => Promise<StorageUnderTest>;

/** Opens an adapter before each test of the surrounding `describe` and disposes of it after; the getter answers it. */
export function useStorage(open: OpenStorage): () => StorageUnderTest {
  let subject: StorageUnderTest | undefined;
  beforeEach(async () => {
    subject = await open();
  });
  afterEach(async () => {
    await subject?.dispose();
    subject = undefined;
  });
  return () => {
    if (subject === undefined) throw new Error('The storage is open only while a test runs');
    return subject;
  };
}
