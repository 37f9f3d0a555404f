import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { unavailableReason } from './unavailable.js';

/** By this often two connections that share a process of the server have met there. */
const ROUNDS = 3;

/**
 * Sees that a connection stays with one process of the server, before anything is done that relies on it: where the tables
 * are, the role, and how long anything may take belong to that process. A pooler that lends one for a transaction at a time
 * lets two connections that are both open answer from the same one, or one connection from several.
 *
 * Does not find out one that happened to keep the two apart the whole time, nor compares the two where the second one cannot be
 * had: a login may have one connection alone (`CONNECTION LIMIT`), and a pooler none that is free.
 *
 * @param another - a connection beside `db`, of the same login, that is not waited for without end
 * @throws where it does not stay
 */
export async function requireOwnConnection(db: Kysely<Database>, another: Kysely<Database>): Promise<void> {
  const ofOne = new Set<number>();
  const ofOther = new Set<number>();
  let isRefused = false;
  for (let round = 0; round < ROUNDS; round += 1) {
    ofOne.add(await processOf(db));
    // A pooler that takes its connections in turn would give each of the two the same one every time, were it asked in turn.
    for (let time = 0; time < (round === 1 ? 2 : 1) && !isRefused; time += 1) {
      const process = await processOf(another).catch(unlessUnavailable);
      if (process === undefined) isRefused = true;
      else ofOther.add(process);
    }
  }
  if (ofOne.size === 1 && ofOther.size <= 1 && [...ofOne].every((process) => !ofOther.has(process))) return;
  throw new Error(
    'what answers there is a pooler that lends a connection for one transaction at a time, and the role and the search path, ' +
      'which belong to a connection, would be lost or be those of others; nothing was changed. Let it lend a connection for as ' +
      'long as it is open (pool_mode = session of PgBouncer), or name the server itself in the URL',
  );
}

/** What ails the server itself is told by the connection that there is. */
function unlessUnavailable(error: unknown): undefined {
  if (unavailableReason(error) === undefined) throw error;
}

async function processOf(db: Kysely<Database>): Promise<number> {
  const { rows } = await sql<{ process: number }>`SELECT pg_backend_pid() AS process`.execute(db);
  return rows[0]?.process ?? 0;
}
