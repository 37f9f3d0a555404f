import type { JsonObject } from '@portcullis/protocol';
import { type ClientStore, formatRecordKey } from './client-store.js';

/** A store that ends with the process. */
export function createMemoryStore(): ClientStore {
  const records = new Map<string, JsonObject>();
  const leases = new Map<string, Promise<unknown>>();
  return {
    load: async (key) => records.get(formatRecordKey(key)),
    save: async (key, record) => void records.set(formatRecordKey(key), record),
    remove: async (key) => void records.delete(formatRecordKey(key)),
    withLease(key, work) {
      const name = formatRecordKey(key);
      const before = leases.get(name) ?? Promise.resolve();
      const mine = before.then(work, work);
      const settled = mine.then(
        () => undefined,
        () => undefined,
      );
      leases.set(name, settled);
      void settled.then(() => {
        if (leases.get(name) === settled) leases.delete(name);
      });
      return mine;
    },
  };
}
