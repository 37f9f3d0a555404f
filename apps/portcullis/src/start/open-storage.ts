import type { Storage } from '@portcullis/ports';
import type { PostgresConfig } from '../config/resolve-database.js';

/** Which store. */
export interface StorageChoice {
  /** Undefined is SQLite. */
  readonly database: PostgresConfig | undefined;
  /** The SQLite file. */
  readonly databaseFile: string;
}

/**
 * Opens the one store that holds everything, its schema up to date: the only place that knows there are several kinds.
 *
 * @throws {ProgramError} with what is wrong, never with a password
 */
export async function openStorage({ databaseFile }: StorageChoice): Promise<Storage> {
  const { openSqliteStorage } = await import('@portcullis/storage/sqlite');
  return openSqliteStorage({ file: databaseFile });
}
