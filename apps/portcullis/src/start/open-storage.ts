import type { Platform, Storage } from '@portcullis/ports';
import type { PostgresConfig } from '../config/resolve-database.js';
import { EXIT_CODE, ProgramError } from '../program-error.js';
import { PROGRAM_NAME } from '../program-name.js';
import type { SuggestCommand } from '../suggest-command.js';

/** Which store. */
export interface StorageChoice {
  /** Undefined is SQLite. */
  readonly database: PostgresConfig | undefined;
  /** The SQLite file, where that is the choice. */
  readonly databaseFile: string;
  /** Writes out a command on this store, for what is to be done about it first. */
  readonly suggest: SuggestCommand;
}

/** The store, what the database itself guards of it, and what it cannot promise here. */
export interface OpenedStorage {
  readonly storage: Storage;
  /** A sentence that names every promise of the database itself, and whether it holds; undefined where there are none to name. */
  readonly guarded: string | undefined;
  /** Sentences for the operator, one for each promise of the database itself that its logins do not allow, and one for each
   * URL that leads over a network without TLS. */
  readonly doubts: readonly string[];
}

/** How a database's schema stands to the program. */
export interface MigrationPlan {
  /** The version it has; 0 for an empty one. */
  readonly current: number;
  /** The version that this program needs. */
  readonly known: number;
  /** What is still to be run, in order. */
  readonly pending: readonly { readonly version: number; readonly name: string }[];
}

/** A plan, and what goes with it beside its steps. */
export interface MigrationReport extends MigrationPlan {
  /** What is run, or would be, for the role that gates take on in PostgreSQL, as statements. */
  readonly forRole: readonly string[];
  /** What of that role is missing or too much after that, a sentence each. */
  readonly doubts: readonly string[];
}

/** What can be told of a plan before anything is run. */
export interface MigrationPreview extends MigrationReport {
  /** All that would be run, as SQL for the database's own shell. */
  readonly script: string;
  /** Why it could not be run as things are; undefined where nothing is known to be in the way. */
  readonly obstacle: string | undefined;
}

/**
 * What opening may do to the schema: `migrate` brings it up to date, as a gate does; `make` makes one where there is none;
 * `existing` changes nothing. Gates of an older program may be at work on a schema that lacks steps: only a new gate, or an
 * operator who says so, takes it from them.
 */
export type SchemaUse = 'migrate' | 'make' | 'existing';

/**
 * Opens the one store that holds everything. This file alone knows that there are several kinds.
 *
 * @throws {ProgramError} with what is wrong, in one line, never with a password; with exit code 2 where the schema lacks
 *   steps that `schema` does not allow
 */
export async function openStorage(choice: StorageChoice, schema: SchemaUse): Promise<OpenedStorage> {
  const { database, databaseFile } = choice;
  if (database === undefined) {
    const { openSqliteStorage, ...errors } = await import('@portcullis/storage/sqlite');
    return inWords(errors, choice, async () => {
      return { storage: await openSqliteStorage({ file: databaseFile, schema }), guarded: undefined, doubts: [] };
    });
  }
  const { openPostgresStorage, ...errors } = await import('@portcullis/storage/postgres');
  return inWords(errors, choice, async () => {
    const storage = await openPostgresStorage({ ...loginsOf(database), schema });
    const doubts = storage.guarantees.filter(({ held }) => !held).map(({ detail }) => detail);
    return { storage, guarded: tellGuarded(storage.guarantees), doubts: [...storage.unencrypted, ...doubts] };
  });
}

/** `platform` with the clock that all who share the store agree on, where there is one. */
export function onClockOf({ clock }: Pick<Storage, 'clock'>, platform: Platform): Platform {
  return clock === undefined ? platform : { ...platform, clock };
}

function tellGuarded(guarantees: readonly { readonly id: string; readonly held: boolean }[]): string {
  const each = guarantees.map(({ id, held }) => `${id} ${held ? 'holds' : 'does not hold'}`);
  return `What the database itself guards: ${each.join(', ')}`;
}

/** What {@link migrateStorage} would run. Changes nothing. @throws {ProgramError} as {@link openStorage} does */
export async function planMigrations(choice: StorageChoice): Promise<MigrationPreview> {
  const { database, databaseFile } = choice;
  if (database === undefined) {
    const { planSqliteMigrations, ...errors } = await import('@portcullis/storage/sqlite');
    return inWords(errors, choice, () => planSqliteMigrations(databaseFile));
  }
  const { planPostgresMigrations, ...errors } = await import('@portcullis/storage/postgres');
  return inWords(errors, choice, () => planPostgresMigrations(loginsOf(database)));
}

/** Brings the schema up to date, and answers what was run. @throws {ProgramError} as {@link openStorage} does; nothing has
 * changed then */
export async function migrateStorage(choice: StorageChoice): Promise<MigrationReport> {
  const { database, databaseFile } = choice;
  if (database === undefined) {
    const { migrateSqlite, ...errors } = await import('@portcullis/storage/sqlite');
    return inWords(errors, choice, async () => ({ ...(await migrateSqlite(databaseFile)), forRole: [], doubts: [] }));
  }
  const { migratePostgres, ...errors } = await import('@portcullis/storage/postgres');
  return inWords(errors, choice, () => migratePostgres(loginsOf(database)));
}

function loginsOf({ url, migrationUrl }: PostgresConfig): {
  connectionString: string;
  migrationConnectionString: string | undefined;
} {
  return { connectionString: url, migrationConnectionString: migrationUrl };
}

/** The errors of an adapter's module, by which it says what is wrong with a database. */
type OpenErrors = Readonly<Record<'DatabaseOpenError' | 'SchemaOutdatedError', abstract new (...args: never) => Error>>;

/** What the adapters say of a database that cannot be used is meant for the operator as it stands. They know no command line:
 * the command that they name is written out for this store. */
async function inWords<T>(
  { DatabaseOpenError, SchemaOutdatedError }: OpenErrors,
  { suggest }: Pick<StorageChoice, 'suggest'>,
  act: () => Promise<T>,
): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof DatabaseOpenError)) throw error;
    const exitCode = error.cause instanceof SchemaOutdatedError ? EXIT_CODE.usage : EXIT_CODE.failed;
    const sentence = error.message.replace(/^C/, 'c').replaceAll(`${PROGRAM_NAME} migrate`, () => suggest('migrate'));
    throw new ProgramError(sentence, exitCode, { cause: error });
  }
}
