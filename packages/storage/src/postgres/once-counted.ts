import { setTimeout as sleep } from 'node:timers/promises';
import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { sqlStateOf } from './unavailable.js';

/** These make about a second. */
const ATTEMPTS = 20;
const PAUSE_MILLISECONDS = 50;

const TOO_MANY_CONNECTIONS = '53300';

/**
 * Makes the first connection of `db`, also where the login may have one alone (`CONNECTION LIMIT 1`): PostgreSQL counts a
 * connection until its process has ended, which is a moment after it was closed.
 *
 * @throws what the last attempt failed with
 */
export async function connectOnceCounted(db: Kysely<Database>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await sql`SELECT 1`.execute(db);
      return;
    } catch (error) {
      if (sqlStateOf(error) !== TOO_MANY_CONNECTIONS || attempt === ATTEMPTS) throw error;
      await sleep(PAUSE_MILLISECONDS);
    }
  }
}
