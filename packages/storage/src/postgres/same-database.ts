import { randomBytes } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import type { Database } from '../sql/schema.js';
import type { Server } from './server.js';

/** A connection, and where it was meant to lead. */
export interface Led {
  readonly server: Server;
  readonly db: Kysely<Database>;
}

/**
 * Sees that two logins lead to one database, before anything is changed: one takes an advisory lock that nobody else knows
 * of, and the other finds it taken. Names and addresses are not compared. One database may have several of them (a pooler,
 * a second address), and two databases may have the same. A lock is seen in its own database alone, needs no privilege, and
 * writes nothing.
 *
 * @throws {DatabaseOpenError} where they lead to two
 */
export async function requireSameDatabase(serving: Led, migrating: Led): Promise<void> {
  const token = sql.lit(String(randomBytes(8).readBigInt64BE()));
  const isSame = await migrating.db.transaction().execute(async (trx) => {
    await sql`SELECT pg_advisory_xact_lock(${token}::bigint)`.execute(trx);
    const { rows } = await sql<{ isFree: boolean }>`
      SELECT pg_try_advisory_xact_lock(${token}::bigint) AS "isFree"`.execute(serving.db);
    return rows[0]?.isFree === false;
  });
  if (isSame) return;
  throw new DatabaseOpenError(
    `The two logins lead to two databases: the one that serves to ${serving.server.description}, the one that migrates to ` +
      `${migrating.server.description}. Nothing was changed. Let DATABASE_URL and DATABASE_MIGRATION_URL (database.url and ` +
      'database.migrationUrl in the configuration) name one database, or leave the second out',
  );
}
