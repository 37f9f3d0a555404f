import { existsSync, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Platform, Storage } from '@portcullis/ports';
import type { ManagementConfig } from '../config/management-config.js';
import type { ConfigFile } from '../config/read-config-file.js';
import { ProgramError } from '../program-error.js';
import type { DataDirectory, DirectoryUse } from '../start/data-directory.js';
import type { StorageChoice } from '../start/open-storage.js';
import { type SuggestCommand, suggestWith } from '../suggest-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import type { StoreOptions } from './store-options.js';

/** The gate's state, open for one command. */
export interface OpenStore {
  readonly storage: Storage;
  readonly platform: Platform;
  readonly config: ManagementConfig;
  /** Writes out another command on this store. */
  readonly suggest: SuggestCommand;
  /**
   * The data directory, for an act that needs a file in it. With PostgreSQL nothing else touches it, and it is undefined
   * where this machine has none.
   *
   * @throws {ProgramError} as `openDataDirectory` does
   */
  openDirectory(): DataDirectory | undefined;
}

/** What a command does about a store that is not there: one that adds something makes it; a question or a removal never
 * does, and leaves a directory without a SQLite store alone, which may be anybody's. Neither changes the schema of one that
 * is there: gates may be at work on it that know no other. */
export type StoreUse = Extract<DirectoryUse, 'make' | 'existing'>;

/**
 * Opens the gate's state for one act and closes it again: a gate may be at work on it. With PostgreSQL, standard error
 * says which database is acted on; without it, that a store was made, which may be due to a slip in the directory's name.
 *
 * @throws {ProgramError} when it is not there, cannot be opened, or has to be migrated first (exit code 2)
 */
export async function withStore<T>(
  terminal: Terminal,
  options: StoreOptions,
  use: StoreUse,
  act: (store: OpenStore) => Promise<T>,
): Promise<T> {
  const [{ onClockOf, openStorage }, { nodePlatform }] = await Promise.all([
    import('../start/open-storage.js'),
    import('@portcullis/ports/node'),
  ]);
  const { config, openDirectory, onceMade, ...choice } = await findStore(terminal, options, use);
  const { storage } = await openStorage(choice, use);
  if (onceMade !== undefined) terminal.stderr.write(`${onceMade}\n`);
  try {
    return await act({
      storage,
      platform: onClockOf(storage, nodePlatform),
      config,
      openDirectory,
      suggest: choice.suggest,
    });
  } finally {
    await storage.close();
  }
}

/** Where the gate's state is. */
export interface FoundStore extends StorageChoice, Pick<OpenStore, 'config' | 'openDirectory'> {
  /** What is to be said once a store was made there, which may be due to a slip; undefined where there is one already, and with
   * PostgreSQL. */
  readonly onceMade: string | undefined;
}

/**
 * Finds the gate's state for a command. Opens nothing but the data directory, and with PostgreSQL not even that; says on
 * standard error which modes were narrowed.
 *
 * @param use - as {@link StoreUse} says; `look` changes nothing, and takes a directory without a store as well
 * @param login - whose database the act is on: the same for both but where two URLs say otherwise
 * @throws {ProgramError} as {@link withStore} does
 */
export async function findStore(
  terminal: Terminal,
  options: StoreOptions,
  use: DirectoryUse,
  login: 'serving' | 'migrating' = 'serving',
): Promise<FoundStore> {
  const [
    { resolveManagementConfig },
    { describeDatabase, describeMigrated },
    { openDataDirectory, tellTightened },
    { storeFlags },
  ] = await Promise.all([
    import('../config/management-config.js'),
    import('../config/resolve-database.js'),
    import('../start/data-directory.js'),
    import('../start/store-flags.js'),
  ]);
  const suggest = suggestWith(storeFlags({ config: options.config, dataDir: options.dataDir }));
  const file = options.config === undefined ? undefined : await readConfig(options.config);
  const surroundings = { workingDirectory: process.cwd(), environment: terminal.environment };
  const config = resolveManagementConfig(file, options.dataDir, surroundings);
  const { database, dataDir } = config;
  if (database !== undefined) {
    const actedOn = login === 'migrating' ? describeMigrated(database) : describeDatabase(database);
    terminal.stderr.write(`On ${actedOn}\n`);
  }
  const databaseFile = join(dataDir, 'portcullis.db');
  const open = (howFar: DirectoryUse): DataDirectory => {
    const opened = openDataDirectory(dataDir, howFar);
    for (const sentence of tellTightened(opened)) terminal.stderr.write(`${sentence}\n`);
    return opened;
  };
  if (database !== undefined) {
    const openDirectory = () => (existsSync(dataDir) ? open('existing') : undefined);
    return { config, openDirectory, database, databaseFile, suggest, onceMade: undefined };
  }
  if (use === 'existing' && existsSync(dataDir) && isMissing(databaseFile)) {
    throw new ProgramError(`there is no gate's store in ${dataDir}: give the gate's own with --data-dir or --config`);
  }
  // A directory that the configuration names is the gate's; one that was typed may be anybody's.
  const directory = open(use === 'make' && options.dataDir !== undefined ? 'claim' : use);
  const onceMade = isMissing(databaseFile) ? tellNew(dataDir) : undefined;
  return { config, openDirectory: () => directory, database, databaseFile, suggest, onceMade };
}

async function readConfig(path: string): Promise<ConfigFile> {
  const { readConfigFile } = await import('../config/read-config-file.js');
  return readConfigFile(path);
}

function tellNew(dataDir: string): string {
  return `There was no gate's store in ${terminalText(dataDir, 4096)}: a new one was made there`;
}

/** Whether nothing is there. What may not be looked at counts as there: opening the directory says why. */
function isMissing(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) === undefined;
  } catch {
    return false;
  }
}
