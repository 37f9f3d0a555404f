import { open } from 'node:fs/promises';
import { Kysely } from 'kysely';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import type { MigrationPlan } from '../sql/migration.js';
import type { Database } from '../sql/schema.js';
import { createSqliteAccess, type SqliteAccess } from './access.js';
import { retryWhileBusy } from './busy.js';
import { createSqliteDialect } from './dialect.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { requireFilePath } from './file-path.js';
import { migrate } from './migrate.js';

/** How a file is opened. */
export interface DatabaseOptions {
  readonly file: string;
  readonly busyTimeoutMilliseconds: number;
  readonly patienceMilliseconds: number;
  /** Takes what was run under the lock. */
  onMigrated?(done: MigrationPlan): void;
}

/**
 * Opens the file, making it (mode 0600) where there is none, and brings its schema up to date.
 *
 * @throws {DatabaseOpenError} when the name is no path, or the file cannot be read and written, is no database, or is a
 *   newer one
 */
export async function openDatabase(options: DatabaseOptions): Promise<SqliteAccess> {
  let database: DriverDatabase | undefined;
  try {
    requireFilePath(options.file);
    await createPrivateFile(options.file);
    database = await openDriver(options.file, options.busyTimeoutMilliseconds);
    await configure(database, options.patienceMilliseconds);
    const dialect = createSqliteDialect(database);
    const access = createSqliteAccess(new Kysely<Database>({ dialect }), options.patienceMilliseconds);
    const done = await migrate(access);
    options.onMigrated?.(done);
    return access;
  } catch (error) {
    database?.close();
    throw cannotUse(options.file, error);
  }
}

/** The error for the operator. */
export function cannotUse(file: string, error: unknown): DatabaseOpenError {
  return new DatabaseOpenError(`Cannot use the database ${file}: ${describe(error)}`, { cause: error });
}

/** SQLite gives `-wal` and `-shm` the mode of the main file, so it is enough to make that one private. */
async function createPrivateFile(file: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  await handle.close();
}

/** WAL lets readers and one writer work at once; FULL makes a commit survive a power loss, so that a code that was
 * redeemed stays so. */
async function configure(database: DriverDatabase, patienceMilliseconds: number): Promise<void> {
  await retryWhileBusy(() => {
    const [answer] = database.prepare('PRAGMA journal_mode = WAL').all() as { journal_mode: string }[];
    if (answer?.journal_mode !== 'wal') throw new Error('its file system cannot hold a write-ahead log');
  }, patienceMilliseconds);
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA foreign_keys = ON');
  database.exec('PRAGMA trusted_schema = OFF');
}

const MAY_NOT = 'permission denied: run this as the user who owns it, or give it to the user who runs this';

const FILE_SYSTEM_REASONS: Readonly<Record<string, string>> = {
  EACCES: MAY_NOT,
  EPERM: MAY_NOT,
  EROFS: 'the file system is read-only',
  EISDIR: 'it is a directory',
  ENOENT: 'its directory does not exist',
  ENOTDIR: 'its directory is not a directory',
  ENOSPC: 'the disk is full',
};

function describe(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  // SQLITE_NOTADB: some other file stands there, or this one is damaged. Never replaced by a new one: it may be all there is.
  if (error.message === 'file is not a database') return `${error.message}: name another, or restore it from a backup`;
  return FILE_SYSTEM_REASONS[code] ?? error.message;
}
