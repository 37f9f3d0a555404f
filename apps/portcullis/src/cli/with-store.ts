import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform, Storage } from '@portcullis/ports';
import type { ManagementConfig } from '../config/management-config.js';
import { ProgramError } from '../program-error.js';
import type { DataDirectory } from '../start/data-directory.js';
import type { StorageChoice } from '../start/open-storage.js';
import type { Terminal } from '../terminal.js';
import type { StoreOptions } from './store-options.js';

/** The gate's state, open for one command. */
export interface OpenStore {
  readonly storage: Storage;
  readonly platform: Platform;
  readonly config: ManagementConfig;
  /** Undefined with PostgreSQL where this machine has none. */
  readonly directory: DataDirectory | undefined;
}

/**
 * Opens the gate's state for one act and closes it again: a gate may be at work on it. With PostgreSQL, standard error
 * says which database is acted on.
 *
 * @param create - whether a data directory that is not there is made; a question or a removal never makes one
 * @throws {ProgramError} when it is not there, or cannot be opened
 */
export async function withStore<T>(
  terminal: Terminal,
  options: StoreOptions,
  create: boolean,
  act: (store: OpenStore) => Promise<T>,
): Promise<T> {
  const [{ openStorage }, { nodePlatform }] = await Promise.all([
    import('../start/open-storage.js'),
    import('@portcullis/ports/node'),
  ]);
  const { config, directory, ...choice } = await findStore(terminal, options, create, !create);
  const { storage } = await openStorage(choice);
  try {
    return await act({ storage, platform: nodePlatform, config, directory });
  } finally {
    await storage.close();
  }
}

/** Where the gate's state is: opens nothing but the data directory. */
export interface FoundStore extends StorageChoice, Pick<OpenStore, 'config' | 'directory'> {}

/**
 * Finds the gate's state for a command.
 *
 * @param mustExist - refuses a directory without a SQLite store, and touches nothing in it: it may be anybody's
 * @throws {ProgramError} as {@link withStore} does
 */
export async function findStore(
  terminal: Terminal,
  options: StoreOptions,
  create: boolean,
  mustExist: boolean,
): Promise<FoundStore> {
  const [{ readConfigFile }, { resolveManagementConfig }, { describeDatabase }, { openDataDirectory }] =
    await Promise.all([
      import('../config/read-config-file.js'),
      import('../config/management-config.js'),
      import('../config/resolve-database.js'),
      import('../start/data-directory.js'),
    ]);
  const file = options.config === undefined ? undefined : readConfigFile(options.config);
  const surroundings = { workingDirectory: process.cwd(), environment: terminal.environment };
  const config = resolveManagementConfig(file, options.dataDir, surroundings);
  const { database, dataDir } = config;
  if (database !== undefined) terminal.stderr.write(`On ${describeDatabase(database)}\n`);
  if (mustExist && database === undefined && existsSync(dataDir) && isMissing(join(dataDir, 'portcullis.db'))) {
    throw new ProgramError(`there is no gate's store in ${dataDir}: give the gate's own with --data-dir or --config`);
  }
  const isNeeded = database === undefined || existsSync(dataDir);
  const directory = isNeeded ? openDataDirectory(dataDir, create && database === undefined) : undefined;
  return { config, directory, database, databaseFile: directory?.databaseFile ?? join(dataDir, 'portcullis.db') };
}

/** Whether nothing is there. What may not be looked at counts as there: opening the directory says why. */
function isMissing(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
