import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';

/** `SQL_ASCII` is no encoding: the server stores every byte as it comes, and UTF-8 is what comes. */
const TAKES_EVERY_TEXT: readonly string[] = ['UTF8', 'SQL_ASCII'];

/**
 * Sees that the database can store every text. In another encoding it refuses some, and an act would fail at the first name
 * that it has no letters for.
 *
 * @throws where it cannot
 */
export async function requireEncoding(db: Kysely<Database>): Promise<void> {
  const { rows } = await sql<{ name: string; encoding: string }>`
    SELECT current_database()::text AS name, current_setting('server_encoding') AS encoding`.execute(db);
  const [database] = rows;
  if (database === undefined || TAKES_EVERY_TEXT.includes(database.encoding)) return;
  throw new Error(
    `its encoding is ${database.encoding}, which has no letters for some names; nothing was changed. The encoding of a ` +
      `database stays what it was made with: make another one (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0), and ` +
      `take what is in this one over with pg_dump`,
  );
}
