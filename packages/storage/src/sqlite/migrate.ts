import { sql } from 'kysely';
import type { SqliteAccess } from './access.js';
import { MIGRATIONS, type Migration } from './migrations/index.js';

/**
 * Brings the schema up to date, all steps in one transaction that holds the write lock from its start: of two
 * processes that open a fresh file at once, the second waits and finds nothing left to do.
 *
 * @throws when the file has a version that this program does not know, or a step fails; nothing has changed then.
 */
export async function migrate(access: SqliteAccess, migrations: readonly Migration[] = MIGRATIONS): Promise<void> {
  const known = migrations.at(-1)?.version ?? 0;
  await access.write(async (trx) => {
    await sql`CREATE TABLE IF NOT EXISTS schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT`.execute(
      trx,
    );
    const { version } = await trx
      .selectFrom('schema_version')
      .select((eb) => eb.fn.coalesce(eb.fn.max('version'), eb.lit(0)).as('version'))
      .executeTakeFirstOrThrow();
    if (version > known) {
      throw new Error(`it has schema version ${version}, written by a newer Portcullis; this one knows ${known}`);
    }
    for (const migration of migrations) {
      if (migration.version <= version) continue;
      for (const statement of migration.statements) await sql.raw(statement).execute(trx);
      await trx.insertInto('schema_version').values({ version: migration.version, name: migration.name }).execute();
    }
  });
}
