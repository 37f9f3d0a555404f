import { sql } from 'kysely';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { SCHEMA } from './names.js';
import type { Led } from './same-database.js';

/**
 * Sees that two logins are not each in the other's place: the gate would serve as the owner of the schema, and the one that
 * migrates could not. Nothing is said where there is no schema yet, nor of a login that may act as the owner.
 *
 * @throws {DatabaseOpenError} where the one that serves owns the schema, and the one that migrates may not act as that
 */
export async function requireNotSwapped(serving: Led, migrating: Led): Promise<void> {
  const mine = await sql<{ isMine: boolean }>`
    SELECT pg_get_userbyid(nspowner) = session_user AS "isMine" FROM pg_catalog.pg_namespace WHERE nspname = ${SCHEMA}`.execute(
    serving.db,
  );
  if (mine.rows[0]?.isMine !== true) return;
  const theirs = await sql<{ isOwner: boolean }>`
    SELECT pg_has_role(session_user, nspowner, 'MEMBER') AS "isOwner" FROM pg_catalog.pg_namespace WHERE nspname = ${SCHEMA}`.execute(
    migrating.db,
  );
  if (theirs.rows[0]?.isOwner !== false) return;
  throw new DatabaseOpenError(
    `The two logins look swapped: ${serving.server.login}, which is to serve, owns the schema ${SCHEMA}, and ` +
      `${migrating.server.login}, which is to migrate, does not. Nothing was changed. Let DATABASE_MIGRATION_URL ` +
      '(database.migrationUrl in the configuration) name the login that owns it, and DATABASE_URL (database.url) the other',
  );
}
