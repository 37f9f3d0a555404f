import { chmod, open, stat } from 'node:fs/promises';
import { Kysely } from 'kysely';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { type MigrationPlan, planFrom, requireKnown } from '../sql/migration.js';
import type { Database } from '../sql/schema.js';
import { requireAllowed, type SchemaUse } from '../sql/schema-use.js';
import { createSqliteAccess, type SqliteAccess } from './access.js';
import { retryWhileBusy } from './busy.js';
import { createSqliteDialect } from './dialect.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { requireFilePath } from './file-path.js';
import { migrate, readVersion } from './migrate.js';
import { MIGRATIONS } from './migrations/index.js';

/** How a file is opened. */
export interface DatabaseOptions {
  readonly file: string;
  readonly busyTimeoutMilliseconds: number;
  readonly patienceMilliseconds: number;
  /** @defaultValue 'migrate' */
  readonly schema?: SchemaUse;
  /** Takes what was run under the lock. */
  onMigrated?(done: MigrationPlan): void;
}

/**
 * Opens the file, with as much done to it as `schema` says. Except for `existing`, one that is not there is made (mode 0600);
 * one that is there and belongs to this process loses what everybody may do with it, and keeps what its group may.
 *
 * @throws {DatabaseOpenError} when the name is no path, or the file cannot be read and written, is no database, is a newer
 *   one, or an older one that may not be migrated
 */
export async function openDatabase(options: DatabaseOptions): Promise<SqliteAccess> {
  const { schema = 'migrate' } = options;
  let database: DriverDatabase | undefined;
  try {
    requireFilePath(options.file);
    await (schema === 'existing' ? requireFile : createPrivateFile)(options.file);
    await makePrivate(options.file);
    const opened = await openDriver(options.file, options.busyTimeoutMilliseconds);
    database = opened;
    if (schema === 'existing') {
      const plan = planFrom(await retryWhileBusy(() => readVersion(opened), options.patienceMilliseconds), MIGRATIONS);
      requireKnown(plan);
      requireAllowed(plan, schema);
    }
    await configure(database, options.patienceMilliseconds);
    const dialect = createSqliteDialect(database);
    const access = createSqliteAccess(new Kysely<Database>({ dialect }), options.patienceMilliseconds);
    if (schema !== 'existing') {
      const done = await migrate(access, MIGRATIONS, schema);
      options.onMigrated?.(done);
    }
    return access;
  } catch (error) {
    database?.close();
    throw cannotUse(options.file, error);
  }
}

/** The error for the operator. */
export function cannotUse(file: string, error: unknown): DatabaseOpenError {
  return new DatabaseOpenError(`Cannot use the database "${file}": ${describe(error)}`, { cause: error });
}

async function requireFile(file: string): Promise<void> {
  try {
    const handle = await open(file, 'r+');
    await handle.close();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') throw new Error('it does not exist');
    throw error;
  }
}

/** SQLite gives `-wal` and `-shm` the mode of the main file, so it is enough to make that one private. */
async function createPrivateFile(file: string): Promise<void> {
  const handle = await open(file, 'a', 0o600);
  await handle.close();
}

/**
 * Takes from everybody what they may do with a file that is there, and with those that SQLite keeps beside it. What its group may
 * was given by an operator, to one who replicates or backs it up: no file is made so. Files of another owner are that owner's to
 * narrow. Windows has no such modes.
 */
async function makePrivate(file: string): Promise<void> {
  for (const path of [file, `${file}-wal`, `${file}-shm`]) {
    const found = await stat(path).catch(() => undefined);
    if (found === undefined || found.uid !== process.geteuid?.() || (found.mode & 0o007) === 0) continue;
    // Of two that open at once, one may have removed what stands beside the file.
    await chmod(path, found.mode & 0o770).catch(() => undefined);
  }
}

/** WAL lets readers and one writer work at once; FULL makes a commit survive a power loss, so that a code that was
 * redeemed stays so. Tokens are found by their hash, so every one is on another page: 8 MiB of those are kept, and the log
 * goes into the file every 4,000 pages (16 MiB), when one that was written often is written once. */
async function configure(database: DriverDatabase, patienceMilliseconds: number): Promise<void> {
  await retryWhileBusy(() => {
    const [answer] = database.prepare('PRAGMA journal_mode = WAL').all() as { journal_mode: string }[];
    if (answer?.journal_mode !== 'wal') throw new Error('its file system cannot hold a write-ahead log');
  }, patienceMilliseconds);
  database.exec('PRAGMA synchronous = FULL');
  database.exec('PRAGMA cache_size = -8192');
  database.exec('PRAGMA wal_autocheckpoint = 4000');
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
  // SQLITE_CORRUPT
  if (error.message === 'database disk image is malformed') return `${error.message}: restore it from a backup`;
  return FILE_SYSTEM_REASONS[code] ?? error.message;
}
