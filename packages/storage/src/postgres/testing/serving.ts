import { setTimeout as sleep } from 'node:timers/promises';
import type { Storage } from '@portcullis/ports';
import { Kysely, type LogEvent, PostgresDialect } from 'kysely';
import type { SqlAccess } from '../../sql/access.js';
import type { Database } from '../../sql/schema.js';
import { createSqlStores } from '../../sql/sql-stores.js';
import { createPostgresAccess } from '../access.js';
import { createPool } from '../pool.js';
import { parseServer } from '../server.js';
import type { Cluster } from './cluster.js';

/** Connections as the storage serves with, to be reached below its stores. */
export interface Serving {
  readonly access: SqlAccess;
  close(): Promise<void>;
}

const LIMITS = {
  size: 4,
  connectTimeoutMilliseconds: 30_000,
  statementTimeoutMilliseconds: 30_000,
  lockTimeoutMilliseconds: 30_000,
};

/**
 * Connects as `openPostgresStorage` does.
 *
 * @param log - takes each statement that was run
 */
export function serve(url: string, log?: (event: LogEvent) => void): Serving {
  const session = 'SET search_path TO portcullis, pg_temp; SET ROLE portcullis_app';
  const pool = createPool(parseServer(url, 'DATABASE_URL'), LIMITS, session);
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }), ...(log === undefined ? {} : { log }) });
  return { access: createPostgresAccess(db), close: () => db.destroy() };
}

/** The stores over an access, where the scenarios of the contract ask for a whole storage. */
export function storageOver(access: SqlAccess): Storage {
  return { ...createSqlStores(access), ping: async () => {}, close: async () => {} };
}

/** An access whose transactions do all that they have to, and then wait for the word to commit. */
export interface Held {
  readonly access: SqlAccess;
  /** Resolves when a transaction has done everything but commit. */
  readonly done: Promise<void>;
  commit(): void;
}

/** Holds the transactions of an access back. */
export function hold(access: SqlAccess): Held {
  let commit = (): void => undefined;
  const committing = new Promise<void>((resolve) => {
    commit = resolve;
  });
  let tell = (): void => undefined;
  const done = new Promise<void>((resolve) => {
    tell = resolve;
  });
  return {
    access: {
      read: access.read,
      write: (tenantId, work) =>
        access.write(tenantId, async (trx) => {
          const value = await work(trx);
          tell();
          await committing;
          return value;
        }),
    },
    done,
    commit: () => commit(),
  };
}

/** Waits until some act of the storage is waiting for another transaction. */
export async function untilOneWaits(cluster: Cluster): Promise<void> {
  const waiting = `SELECT 1 FROM pg_stat_activity WHERE application_name = 'portcullis' AND wait_event_type = 'Lock'`;
  while ((await cluster.query('portcullis', waiting)).length === 0) await sleep(10);
}
