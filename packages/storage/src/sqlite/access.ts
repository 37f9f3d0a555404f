import { type Kysely, sql, type Transaction } from 'kysely';
import type { SqlAccess } from '../sql/access.js';
import type { Database } from '../sql/schema.js';
import { retryWhileBusy } from './busy.js';
import { createGroupCommit } from './group-commit.js';
import { toStorageError } from './unavailable.js';

/** How everything here reaches the file. Nothing else holds the connection. */
export interface SqliteAccess {
  /** One statement that only reads. */
  read<Value>(work: (db: Kysely<Database>) => Promise<Value>): Promise<Value>;
  /** An act in a transaction that holds the write lock from its start: all of it happens, or nothing, and it is on the
   * disk when this resolves. `work` may run more than once, never with an effect of an earlier run, so it does nothing
   * but query. */
  write<Value>(work: (trx: Transaction<Database>) => Promise<Value>): Promise<Value>;
  /** Waits for what is running, then closes the connection. */
  close(): Promise<void>;
}

/**
 * {@link SqliteAccess} that waits for other processes up to `patienceMilliseconds`.
 *
 * @throws {StorageUnavailableError} from each act, when the file cannot serve now
 */
export function createSqliteAccess(db: Kysely<Database>, patienceMilliseconds: number): SqliteAccess {
  const write = createGroupCommit(db, patienceMilliseconds);
  return {
    read: (work) => retryWhileBusy(() => work(db), patienceMilliseconds).catch(rethrow),
    write: (work) => write(work).catch(rethrow),
    close: async () => {
      // An act that does nothing comes after all that were asked for before.
      await write(async () => undefined).catch(() => undefined);
      // The log goes into the file where no other process is writing, so that the file alone is whole.
      await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db).catch(() => undefined);
      await db.destroy();
    },
  };
}

function rethrow(error: unknown): never {
  throw toStorageError(error);
}

/** The file as the stores reach it. SQLite has no guard of its own between tenants: the statements name them. */
export function toSqlAccess(access: SqliteAccess): SqlAccess {
  return {
    read: (_tenantId, work) => access.read(work),
    write: (_tenantId, work) => access.write(work),
  };
}
