import { sql } from 'kysely';
import { type Migration, type MigrationPlan, planFrom, requireKnown, statementsOf } from '../sql/migration.js';
import { requireAllowed, type SchemaUse } from '../sql/schema-use.js';
import type { SqliteAccess } from './access.js';
import type { DriverDatabase } from './driver.js';
import { MIGRATIONS } from './migrations/index.js';

/** The table in which the steps are written down. */
export const MAKE_VERSIONS =
  'CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT';

/**
 * Brings the schema up to date, all steps in one transaction that holds the write lock from its start: of two
 * processes that open a fresh file at once, the second waits and finds nothing left to do. Answers what was run.
 *
 * @param use - `make` runs the steps of a fresh file only
 * @throws when the file has a version that this program does not know, or a step fails; nothing has changed then.
 */
export function migrate(
  access: SqliteAccess,
  migrations: readonly Migration[] = MIGRATIONS,
  use: Exclude<SchemaUse, 'existing'> = 'migrate',
): Promise<MigrationPlan> {
  return access.write(async (trx) => {
    await sql.raw(MAKE_VERSIONS).execute(trx);
    const { version: current } = await trx
      .selectFrom('schema_version')
      .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('version'))
      .executeTakeFirstOrThrow();
    const plan = planFrom(current, migrations);
    requireKnown(plan);
    requireAllowed(plan, use);
    for (const step of plan.pending) {
      for (const statement of statementsOf(step)) await sql.raw(statement).execute(trx);
    }
    return plan;
  });
}

/** The version that a file has; 0 for one that has none of ours. Changes nothing. */
export function readVersion(database: DriverDatabase): number {
  const [table] = database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'schema_version'`).all();
  if (table === undefined) return 0;
  const [row] = database.prepare('SELECT max(version) AS version FROM schema_version').all() as {
    version: number | null;
  }[];
  return row?.version ?? 0;
}
