import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { SCHEMA } from './names.js';
import { isCollision, sqlStateOf } from './unavailable.js';

/** How migrations go about tables that others hold, in milliseconds. */
export interface Patience {
  /** How long a step waits for a table. Every act on that table waits behind it meanwhile. */
  readonly lockMilliseconds: number;
  /** Between two attempts, for those acts. */
  readonly pauseMilliseconds: number;
  /** No attempt begins later than this. */
  readonly allMilliseconds: number;
}

/** An act waits five seconds for a lock. */
export const PATIENCE: Patience = { lockMilliseconds: 2_000, pauseMilliseconds: 2_000, allMilliseconds: 60_000 };

/** For the rest of a transaction. Run after what may be waited for longer. */
export function limitLocks({ lockMilliseconds }: Patience): string {
  return `SET LOCAL lock_timeout TO ${lockMilliseconds}`;
}

/**
 * Runs a transaction that changes tables again as long as others hold one of them. A table that somebody only reads
 * (`pg_dump` does for its whole run) cannot be changed, and nobody could read it while a change of it waits.
 *
 * @throws what the last attempt failed with; where a table was held, with those that hold one, as far as the server tells
 */
export async function whileTablesAreHeld<Value>(
  db: Kysely<Database>,
  patience: Patience,
  transaction: () => Promise<Value>,
): Promise<Value> {
  const end = performance.now() + patience.allMilliseconds;
  for (;;) {
    try {
      return await transaction();
    } catch (error) {
      const isHeld = sqlStateOf(error) === LOCK_NOT_AVAILABLE;
      if (!isHeld && !isCollision(error)) throw error;
      if (performance.now() + patience.pauseMilliseconds > end) throw isHeld ? await explainHeld(db, error) : error;
    }
    await sleep(patience.pauseMilliseconds);
  }
}

const LOCK_NOT_AVAILABLE = '55P03';

/** So many are told. */
const TOLD = 3;

/** Acts of gates are told as well that hold a table at this moment. Whoever holds most tables comes first. */
async function explainHeld(db: Kysely<Database>, cause: unknown): Promise<unknown> {
  const { rows } = await sql<{ pid: number; login: string | null; program: string | null }>`
    SELECT a.pid, a.usename::text AS login, a.application_name AS program
    FROM pg_catalog.pg_locks AS l JOIN pg_catalog.pg_class AS c ON c.oid = l.relation
      JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
      JOIN pg_catalog.pg_database AS d ON d.oid = l.database
      JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
    WHERE n.nspname = ${SCHEMA} AND d.datname = current_database() AND l.granted AND l.pid <> pg_backend_pid()
    GROUP BY a.pid, a.usename, a.application_name ORDER BY count(*) DESC, a.pid LIMIT ${TOLD}`.execute(db);
  if (rows.length === 0) return cause;
  const holders = rows.map(
    ({ pid, login, program }) => `${program || 'a program'} of ${login ?? 'a login'} (process ${pid})`,
  );
  return new Error(
    `its tables were held for too long, and nothing was changed; they are held by ${holders.join(', ')}: wait for that to end`,
    { cause },
  );
}
