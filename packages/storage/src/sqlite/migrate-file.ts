import { stat } from 'node:fs/promises';
import { describePlan, type MigrationPlan, type MigrationPreview, planFrom, scriptParts } from '../sql/migration.js';
import { formatScript } from '../sql/migration-script.js';
import { retryWhileBusy } from './busy.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { requireFilePath } from './file-path.js';
import { MAKE_VERSIONS, readVersion } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';
import { cannotUse, openDatabase } from './open-database.js';

const BUSY_TIMEOUT_MILLISECONDS = 50;
const PATIENCE_MILLISECONDS = 10_000;

/**
 * What {@link migrateSqlite} would run on this file, which stays as it is (SQLite may put its empty log beside it). A file
 * that is not there has version 0, and is not made. Does not look whether the file may be written.
 *
 * @throws {DatabaseOpenError} when the file cannot be used, in one line that says why
 */
export async function planSqliteMigrations(file: string): Promise<MigrationPreview> {
  const plan = await readPlan(file);
  return { ...plan, script: scriptOf(plan), obstacle: undefined, forRole: [], doubts: [] };
}

/** The program's own connections have foreign keys on, and so the steps were written. A shell goes on after a statement
 * that failed, and would commit the rest. */
function scriptOf(plan: MigrationPlan): string {
  const steps = scriptParts(plan);
  const makeVersions = { title: 'Where the steps are written down', statements: [MAKE_VERSIONS] };
  return formatScript(
    [describePlan(plan), 'For SQLite, all or nothing: sqlite3 -bail FILE < SCRIPT'],
    ['PRAGMA foreign_keys = ON', 'BEGIN IMMEDIATE'],
    plan.current === 0 && steps.length > 0 ? [makeVersions, ...steps] : steps,
  );
}

async function readPlan(file: string): Promise<MigrationPlan> {
  let database: DriverDatabase | undefined;
  try {
    requireFilePath(file);
    if (!(await exists(file))) return planFrom(0, MIGRATIONS);
    const opened = await openDriver(file, BUSY_TIMEOUT_MILLISECONDS);
    database = opened;
    opened.exec('PRAGMA query_only = ON');
    return planFrom(await retryWhileBusy(() => readVersion(opened), PATIENCE_MILLISECONDS), MIGRATIONS);
  } catch (error) {
    throw cannotUse(file, error);
  } finally {
    database?.close();
  }
}

/**
 * Brings a file's schema up to date, as opening it does, and answers what it ran itself: of two that run at once, one
 * answers the steps, the other none.
 *
 * @throws {DatabaseOpenError} when the file cannot be used, or was written by a newer program
 */
export async function migrateSqlite(file: string): Promise<MigrationPlan> {
  let done: MigrationPlan | undefined;
  const access = await openDatabase({
    file,
    busyTimeoutMilliseconds: BUSY_TIMEOUT_MILLISECONDS,
    patienceMilliseconds: PATIENCE_MILLISECONDS,
    onMigrated: (plan) => {
      done = plan;
    },
  });
  await access.close();
  if (done === undefined) throw new Error('The file was opened and not migrated');
  return done;
}

async function exists(file: string): Promise<boolean> {
  try {
    await stat(file);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false;
    throw error;
  }
}
