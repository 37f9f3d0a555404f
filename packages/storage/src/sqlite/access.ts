import { setImmediate as nextTurn } from 'node:timers/promises';
import { type Kysely, sql, type Transaction } from 'kysely';
import type { SqlAccess } from '../sql/access.js';
import type { Database } from '../sql/schema.js';
import { retryWhileBusy } from './busy.js';

/** How everything here reaches the file. Nothing else holds the connection. */
export interface SqliteAccess {
  /** One statement that only reads. */
  read<Value>(work: (db: Kysely<Database>) => Promise<Value>): Promise<Value>;
  /** One transaction that holds the write lock from its start: all of it happens, or nothing. `work` may run more than
   * once, never with an effect of an earlier run, so it does nothing but query. */
  write<Value>(work: (trx: Transaction<Database>) => Promise<Value>): Promise<Value>;
  /** Waits for what is running, then closes the connection. */
  close(): Promise<void>;
}

/**
 * {@link SqliteAccess} that waits for other processes up to `patienceMilliseconds`. The driver is synchronous, so acts
 * that queue would run one after the other in a single turn of the event loop: each transaction keeps the connection
 * until the next turn, and everything else goes on in between.
 */
export function createSqliteAccess(db: Kysely<Database>, patienceMilliseconds: number): SqliteAccess {
  return {
    read: (work) => retryWhileBusy(() => work(db), patienceMilliseconds),
    write: (work) =>
      retryWhileBusy(
        () =>
          db.connection().execute(async (connection) => {
            try {
              return await connection.transaction().execute(work);
            } finally {
              await nextTurn();
            }
          }),
        patienceMilliseconds,
      ),
    close: async () => {
      // The log goes into the file where no other process is writing, so that the file alone is whole.
      await sql`PRAGMA wal_checkpoint(TRUNCATE)`.execute(db).catch(() => undefined);
      await db.destroy();
    },
  };
}

/** The file as the stores reach it. SQLite has no guard of its own between tenants: the statements name them. */
export function toSqlAccess(access: SqliteAccess): SqlAccess {
  return {
    read: (_tenantId, work) => access.read(work),
    write: (_tenantId, work) => access.write(work),
  };
}
