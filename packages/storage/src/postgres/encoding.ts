import { type Kysely, sql } from 'kysely';
import type { Database } from '../sql/schema.js';
import { SCHEMA } from './names.js';

/** `SQL_ASCII` is no encoding: the server stores every byte as it comes, and UTF-8 is what comes. */
const TAKES_EVERY_TEXT: readonly string[] = ['UTF8', 'SQL_ASCII'];

interface Facts {
  readonly name: string;
  readonly encoding: string;
  /** Whether the tables are there already. */
  readonly isMade: boolean;
}

/**
 * Sees that a database in which the schema is still to be made can store every text. In another encoding it refuses some, and an
 * act would fail at the first name that it has no letters for. One where the tables are there goes on as it did:
 * {@link readEncoding} tells of it.
 *
 * @throws where it cannot
 */
export async function requireEncoding(db: Kysely<Database>): Promise<void> {
  const { encoding, isMade } = await readFacts(db);
  if (isMade || TAKES_EVERY_TEXT.includes(encoding)) return;
  throw new Error(
    `its encoding is ${encoding}, which has no letters for some names; nothing was changed. ${MAKE_ANOTHER}`,
  );
}

/** Whether the database can store every text. */
export async function readEncoding(db: Kysely<Database>): Promise<{ readonly held: boolean; readonly detail: string }> {
  const { name, encoding } = await readFacts(db);
  const held = TAKES_EVERY_TEXT.includes(encoding);
  const detail = held
    ? 'The database can store every name'
    : `The database ${name} cannot store every name: its encoding is ${encoding}, which has no letters for some, and an act that ` +
      `comes upon one fails. ${MAKE_ANOTHER}`;
  return { held, detail };
}

const MAKE_ANOTHER =
  `The encoding of a database stays what it was made with: make another one (CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0), ` +
  'and take what is in this one over with pg_dump';

async function readFacts(db: Kysely<Database>): Promise<Facts> {
  const { rows } = await sql<Facts>`
    SELECT current_database()::text AS name, current_setting('server_encoding') AS encoding,
      EXISTS (SELECT FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
        WHERE n.nspname = ${SCHEMA} AND c.relname = 'schema_version') AS "isMade"`.execute(db);
  const [facts] = rows;
  if (facts === undefined) throw new Error('the database did not say what it is');
  return facts;
}
