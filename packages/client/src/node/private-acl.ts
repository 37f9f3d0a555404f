import { execFile } from 'node:child_process';
import { sep, win32 } from 'node:path';
import { storeFailure } from './store-failure.js';

/** Runs a program and gives back what it printed. Fails where the program does. */
export type RunProgram = (command: string, args: readonly string[]) => Promise<string>;

/** What a directory is restricted with. */
export interface AclSurroundings {
  /** @defaultValue that of the process */
  readonly platform?: NodeJS.Platform;
  /** @defaultValue that of the process, whose `SystemRoot` says where Windows is */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue a process of its own, without a shell */
  readonly run?: RunProgram;
}

/** Everyone, whoever has signed in, and the users of this computer (MS-DTYP §2.4.2.4). */
const MANY = ['*S-1-1-0', '*S-1-5-11', '*S-1-5-32-545'];
/** Whoever owns it (MS-DTYP §2.4.2.4): an entry of theirs takes the place of their right to change the list. */
const OWNER = '*S-1-3-4';
/** That owner's, and the user's. */
const OWN_ENTRIES = 2;
/** How `icacls` ends the line of an entry in every language: inheritance and rights. A label of integrity lets nobody in. */
const ENTRY = /:(?:\([A-Z,]+\))+\s*$/i;
const LABEL = /\((?:,?N[RWX])+\)\s*$/i;
const TIMEOUT_MILLISECONDS = 30_000;

/**
 * On Windows, takes a directory out of the access list that its parent hands down, and gives it, and all that is made in
 * it, to the user alone: whoever has an entry of their own loses it, and an owner that is somebody else may not change the
 * list any more. Does nothing elsewhere, where modes say the same. Who administers the computer can still make it theirs, as
 * root can elsewhere.
 *
 * @throws {OAuthClientError} `store_failed` where that cannot be done, as on a disk that knows no access lists, or where the
 * list names others afterwards
 */
export async function restrictToOwnUser(path: string, surroundings: AclSurroundings = {}): Promise<void> {
  const { platform = process.platform, environment = process.env, run = runProgram } = surroundings;
  if (platform !== 'win32') return;
  // In full: Windows looks for a program in the working directory first.
  const system = win32.join(environment['SystemRoot'] ?? 'C:\\Windows', 'System32');
  try {
    const who = await run(win32.join(system, 'whoami.exe'), ['/user', '/fo', 'csv', '/nh']);
    // By its number: two users can have one name.
    const user = /"(S-1-[0-9-]+)"\s*$/.exec(who)?.[1];
    if (user === undefined) throw new Error('whoami named no user');
    const icacls = (...args: readonly string[]): Promise<string> =>
      run(win32.join(system, 'icacls.exe'), [path, ...args]);
    const grant = ['/grant:r', `*${user}:(OI)(CI)F`, '/grant:r', `${OWNER}:(OI)(CI)(RC)`];
    const remove = MANY.flatMap((group) => ['/remove:g', group]);
    const restrict = (): Promise<string> => icacls('/inheritance:r', ...grant, ...remove, '/q');
    await restrict();
    if (countEntries(await icacls()) === OWN_ENTRIES) return;
    // Only a reset takes away the entries that others have of their own. It hands down those of the parent for a moment, and so
    // is not done where there are none.
    await icacls('/reset', '/q');
    await restrict();
    if (countEntries(await icacls()) !== OWN_ENTRIES) throw new Error('the access list names others');
  } catch (cause) {
    throw storeFailure(
      `Nothing is kept in the store: ${path} cannot be made your own alone. Set PORTCULLIS_HOME to a directory on a disk that can.`,
      cause,
    );
  }
}

function countEntries(list: string): number {
  return list.split('\n').filter((line) => ENTRY.test(line) && !LABEL.test(line)).length;
}

const restricted = new Map<string, Promise<void>>();

/** {@link restrictToOwnUser}, once in the life of this process, and not below what it has restricted already. */
export function restrictOnce(path: string): Promise<void> {
  const above = [...restricted].find(([done]) => path === done || path.startsWith(done + sep));
  if (above !== undefined) return above[1];
  const restricting = restrictToOwnUser(path);
  restricted.set(path, restricting);
  // What failed is tried again.
  restricting.catch(() => restricted.delete(path));
  return restricting;
}

function runProgram(command: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const options = { shell: false, timeout: TIMEOUT_MILLISECONDS, windowsHide: true } as const;
    execFile(command, args, options, (error, output) => (error === null ? resolve(output) : reject(error)));
  });
}
