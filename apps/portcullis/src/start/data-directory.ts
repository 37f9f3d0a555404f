import { accessSync, chmodSync, constants, existsSync, lstatSync, mkdirSync, readdirSync, type Stats } from 'node:fs';
import { dirname, join } from 'node:path';
import { ProgramError, systemErrorCode } from '../program-error.js';
import { terminalText } from '../terminal-text.js';

/** Where the gate keeps what must survive a restart. */
export interface DataDirectory {
  /** Absolute. */
  readonly path: string;
  readonly databaseFile: string;
  readonly masterKeyFile: string;
  readonly firstUserFile: string;
  /** Files and the directory itself whose mode was wider than its owner, and was narrowed. */
  readonly tightened: readonly string[];
}

/**
 * What is done about the directory: `make` makes one that is not there and narrows one that is; `claim` does so too, but
 * refuses one that {@link requireOurs} does; `existing` refuses one that is not there; `look` changes nothing at all, and
 * takes one that is not there for what it would be.
 */
export type DirectoryUse = 'make' | 'claim' | 'existing' | 'look';

const FILES = { databaseFile: 'portcullis.db', masterKeyFile: 'master.key', firstUserFile: 'first-user.txt' };
// At the root of a fresh volume.
const NOBODYS = 'lost+found';

const DIRECTORY_MODE = 0o700;
const FILE_MODE = 0o600;
const BEYOND_OWNER = 0o077;

/**
 * Opens the data directory, before anything secret is written into it: created with mode 0700 when it is not there;
 * refused when it or one of our files in it is a symbolic link or belongs to somebody else; narrowed to 0700 and 0600
 * when others could read it. On Windows, which has neither owner ids nor modes, only links are refused.
 *
 * @param use - how much of that may be done; what is refused is refused in any case
 * @throws {ProgramError} with what to do
 */
export function openDataDirectory(path: string, use: DirectoryUse): DataDirectory {
  const files = {
    databaseFile: join(path, FILES.databaseFile),
    masterKeyFile: join(path, FILES.masterKeyFile),
    firstUserFile: join(path, FILES.firstUserFile),
  };
  if (inspect(path) === undefined) {
    if (use === 'look') return { path, ...files, tightened: [] };
    if (use === 'existing') {
      throw new ProgramError(
        `there is no data directory at ${path}: give the gate's own with --data-dir, or with the --config that names it`,
      );
    }
    attempt(`create the data directory ${path}`, () => createDirectory(path));
  }
  const stats = inspect(path);
  if (stats?.isDirectory() !== true)
    throw new ProgramError(`${path} is not a directory: choose another with --data-dir`);
  if (use === 'claim') requireOurs(path);
  const narrow = use === 'look' ? () => false : tighten;
  const tightened = narrow(path, stats, DIRECTORY_MODE) ? [path] : [];
  attempt(`write to the data directory ${path}`, () => accessSync(path, constants.W_OK | constants.X_OK));
  const database = files.databaseFile;
  for (const file of [...Object.values(files), `${database}-wal`, `${database}-shm`]) {
    const found = inspect(file);
    if (found !== undefined && narrow(file, found, FILE_MODE)) tightened.push(file);
  }
  return { path, ...files, tightened };
}

/**
 * Refuses a directory that holds files and none of a gate's: it is somebody's, named by mistake. One that is not there, or
 * is empty, is taken for ours.
 *
 * @throws {ProgramError} with what to do
 */
export function requireOurs(path: string): void {
  if (!existsSync(path)) return;
  const names = attempt(`look into ${path}`, () => readdirSync(path)).filter((name) => name !== NOBODYS);
  const ours = new Set(Object.values(FILES));
  if (names.length === 0 || names.some((name) => ours.has(name))) return;
  throw new ProgramError(
    `${path} holds files and none of a gate's, so it is left alone: give an empty directory, or the gate's own, with --data-dir`,
  );
}

/** A sentence for each of {@link DataDirectory.tightened}, for a command that has no log. */
export function tellTightened({ tightened }: Pick<DataDirectory, 'tightened'>): readonly string[] {
  return tightened.map((path) => `Others could read ${terminalText(path, 4096)}; it is now its owner’s alone`);
}

/** Creates a directory and those above it that are missing. Node's own recursive form tries for ever on file systems
 * that take no directories, such as `/proc`. */
function createDirectory(path: string): void {
  const parent = dirname(path);
  if (parent !== path && !existsSync(parent)) createDirectory(parent);
  mkdirSync(path, { mode: DIRECTORY_MODE });
}

/** What is at `path`, refused when it is a link or somebody else's; undefined when nothing is. */
function inspect(path: string): Stats | undefined {
  const stats = attempt(`look at ${path}`, () => lstatSync(path, { throwIfNoEntry: false }));
  if (stats === undefined) return undefined;
  if (stats.isSymbolicLink()) {
    throw new ProgramError(`${path} is a symbolic link, which keys are not written through: name the real place`);
  }
  const user = process.getuid?.();
  if (user !== undefined && stats.uid !== user) {
    throw new ProgramError(`${path} belongs to another user (id ${stats.uid}): use a data directory of your own`);
  }
  return stats;
}

function tighten(path: string, stats: Stats, mode: number): boolean {
  if (process.platform === 'win32' || (stats.mode & BEYOND_OWNER) === 0) return false;
  attempt(`protect ${path}`, () => chmodSync(path, mode));
  return true;
}

function attempt<T>(what: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    const why =
      code === 'EACCES' || code === 'EPERM'
        ? 'permission denied'
        : code === 'EROFS'
          ? 'the file system is read-only'
          : code;
    throw new ProgramError(`cannot ${what}: ${why}; choose another with --data-dir`);
  }
}
