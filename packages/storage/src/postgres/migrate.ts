import { type Kysely, sql, type Transaction } from 'kysely';
import { type Migration, type MigrationPlan, planFrom, requireKnown, statementsOf } from '../sql/migration.js';
import type { Database } from '../sql/schema.js';
import { requireAllowed, type SchemaUse } from '../sql/schema-use.js';
import { limitLocks, PATIENCE, type Patience, whileTablesAreHeld } from './held-tables.js';
import { MIGRATIONS } from './migrations/index.js';
import { ROLE, SCHEMA } from './names.js';
import { explainMissing } from './privileges.js';
import { explainNotTaken, type PreparedRole, prepareRole, readRole } from './role.js';

/** What programs that migrate one database wait for each other with. Any number, but the same for all of them. */
const MIGRATION_LOCK = '7309453921148005986';
export const WAIT_FOR_OTHERS = `SELECT pg_advisory_xact_lock(${MIGRATION_LOCK}::bigint)`;

/** What this database lacks. Changes nothing. */
export async function readPlan(
  db: Kysely<Database>,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<MigrationPlan> {
  const version = await db.transaction().setAccessMode('read only').execute(readVersion);
  return planFrom(version, migrations);
}

/** What {@link migrate} ran, and how it stands with the role since. */
export interface Migrated {
  readonly plan: MigrationPlan;
  readonly role: PreparedRole;
}

/**
 * Brings the schema and the role up to date, all of it in one transaction under a lock: of two programs that start at
 * once, the second waits and finds nothing left to do. Where others hold a table, it is tried again for a minute, with pauses in
 * which those go on that would have to wait behind it.
 *
 * @param login - that the program serves with; it is let take on the role
 * @param use - `make` runs the steps of an empty database only, and leaves the role of another as it is
 * @throws when the database has a version that this program does not know, or a step fails; nothing has changed then
 */
export function migrate(
  db: Kysely<Database>,
  login: string,
  migrations: readonly Migration[] = MIGRATIONS,
  use: Exclude<SchemaUse, 'existing'> = 'migrate',
  patience: Patience = PATIENCE,
): Promise<Migrated> {
  const attempt = () =>
    db
      .transaction()
      .setIsolationLevel('read committed')
      .execute(async (trx) => {
        await sql.raw(WAIT_FOR_OTHERS).execute(trx);
        await sql.raw(limitLocks(patience)).execute(trx);
        const plan = planFrom(await readVersion(trx), migrations);
        requireKnown(plan);
        requireAllowed(plan, use);
        if (use === 'make' && plan.current > 0) return { plan, role: await leaveRole(trx, login) };
        if (plan.current === 0) await makeSchema(trx);
        for (const step of plan.pending) {
          for (const statement of statementsOf(step)) await sql.raw(statement).execute(trx);
        }
        return { plan, role: await prepareRole(trx, login) };
      });
  return whileTablesAreHeld(db, patience, attempt);
}

/**
 * How a database stands that nothing may be done to, and its role.
 *
 * @param login - that the program serves with
 * @throws {SchemaOutdatedError} when the database lacks steps; otherwise as {@link migrate} does
 */
export async function requireMigrated(
  db: Kysely<Database>,
  login: string,
  migrations: readonly Migration[] = MIGRATIONS,
): Promise<Migrated> {
  const plan = await readPlan(db, migrations);
  requireKnown(plan);
  requireAllowed(plan, 'existing');
  return { plan, role: await leaveRole(db, login) };
}

async function leaveRole(db: Kysely<Database>, login: string): Promise<PreparedRole> {
  return { ...(await readRole(db, login)), ran: [] };
}

async function readVersion(trx: Transaction<Database>): Promise<number> {
  const { rows } = await sql<{ login: string; isOpen: boolean }>`
    SELECT current_user::text AS login,
      has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') AS "isOpen"
    FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = ${SCHEMA} AND c.relname = 'schema_version'`.execute(trx);
  const [table] = rows;
  if (table === undefined) return 0;
  return table.isOpen ? selectVersion(trx) : readVersionAsRole(trx, table.login);
}

async function selectVersion(trx: Transaction<Database>): Promise<number> {
  const { version } = await trx
    .selectFrom('schema_version')
    .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('version'))
    .executeTakeFirstOrThrow();
  return version;
}

/**
 * For a login that cannot read the version by itself. A member that does not inherit what the role may (NOINHERIT) reads it
 * as the role, which is how it serves.
 *
 * @throws where it may not take the role on, or the role itself lacks what it should have
 */
async function readVersionAsRole(trx: Transaction<Database>, login: string): Promise<number> {
  const role = await readRole(trx, login);
  if (!role.isTaken) throw new Error(explainNotTaken(role, login));
  const { missing } = role.privileges;
  if (missing.some(({ table }) => table === null || table === 'schema_version')) {
    throw new Error(explainMissing(missing, ROLE));
  }
  await sql.raw(`SET LOCAL ROLE ${ROLE}`).execute(trx);
  const version = await selectVersion(trx);
  await sql.raw('RESET ROLE').execute(trx);
  return version;
}

/** What makes the schema, and the table in which the steps are written down. The schema is named: where a login may not use
 * it, the search path passes it over, and everything would be made as temporary tables without a word. */
export function schemaStatements(hasSchema: boolean): readonly string[] {
  const makeVersions = `CREATE TABLE ${SCHEMA}.schema_version (version integer PRIMARY KEY, name text NOT NULL)`;
  return hasSchema ? [makeVersions] : [`CREATE SCHEMA ${SCHEMA}`, makeVersions];
}

/** An operator may have made the schema, for a login that may not. */
async function makeSchema(trx: Transaction<Database>): Promise<void> {
  const { rows } = await sql`SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${SCHEMA}`.execute(trx);
  for (const statement of schemaStatements(rows.length > 0)) await sql.raw(statement).execute(trx);
}
