import type { Stats } from 'node:fs';
import { chmod, lstat, mkdir, stat } from 'node:fs/promises';
import { join, parse, resolve, sep } from 'node:path';
import type { OAuthClientError } from '../oauth-client-error.js';
import { restrictOnce } from './private-acl.js';
import { storeFailure, systemCode } from './store-failure.js';

const PRIVATE_MODE = 0o700;
const WRITABLE_BY_ALL = 0o002;
const STICKY = 0o1000;
const ROOT = 0;

/** The user that this process acts as; undefined on Windows, where access is by lists. */
export function ownUser(): number | undefined {
  return process.geteuid?.();
}

/**
 * Whether there is a directory at `path` that secrets may be kept in: ours, reached through no link that anybody but root
 * made, with no place on the way where others could put something else in its stead. Modes that let others in are
 * tightened to 0700.
 *
 * On Windows neither owner nor modes are looked at: there {@link makePrivateDirectory} gives it to the user alone.
 *
 * @throws {OAuthClientError} `store_failed` where what stands there is not safe
 */
export function findPrivateDirectory(path: string): Promise<boolean> {
  return walk(resolve(path), false);
}

/**
 * {@link findPrivateDirectory}, and makes it, 0700 whatever the umask, where there is none. On Windows its access list names
 * the user alone from then on.
 */
export async function makePrivateDirectory(path: string): Promise<void> {
  const directory = resolve(path);
  await walk(directory, true);
  await restrictOnce(directory);
}

async function walk(directory: string, isToBeMade: boolean): Promise<boolean> {
  const { root } = parse(directory);
  const names = directory.slice(root.length).split(sep).filter(Boolean);
  let path = root;
  try {
    for (const [index, name] of names.entries()) {
      path = join(path, name);
      const found = (await find(path)) ?? (isToBeMade ? await make(path) : undefined);
      if (found === undefined) return false;
      await check(path, found, names.length - 1 - index);
    }
    return true;
  } catch (cause) {
    throw storeFailure(`The store cannot be reached: ${path} (${systemCode(cause) ?? 'unknown error'}).`, cause);
  }
}

async function find(path: string): Promise<Stats | undefined> {
  try {
    return await lstat(path);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

async function make(path: string): Promise<Stats> {
  try {
    await mkdir(path, { mode: PRIVATE_MODE });
    // The umask can only have taken away from it, also what we need ourselves.
    await chmod(path, PRIVATE_MODE);
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error;
  }
  return lstat(path);
}

/** @param above - how far above the store itself: 0 for that, 1 for its parent */
async function check(path: string, found: Stats, above: number): Promise<void> {
  const user = ownUser();
  let place = found;
  if (found.isSymbolicLink()) {
    // Systems have links of their own high up (`/home`, `/tmp`); nearer ones are somebody's choice of another place.
    if (above <= 1 || found.uid !== ROOT || user === undefined) throw refusal(path, 'is a symbolic link');
    place = await stat(path);
  }
  if (!place.isDirectory()) throw refusal(path, 'is no directory');
  if (user === undefined) return;
  if (place.uid !== user && (above === 0 || place.uid !== ROOT)) throw refusal(path, 'belongs to another user');
  const isOpen = (place.mode & WRITABLE_BY_ALL) !== 0;
  if (isOpen && (above === 0 || (place.mode & STICKY) === 0)) throw refusal(path, 'can be written to by everybody');
  if (above === 0 && (place.mode & 0o777) !== PRIVATE_MODE) await chmod(path, PRIVATE_MODE);
}

function refusal(path: string, reason: string): OAuthClientError {
  return storeFailure(
    `Nothing is kept in the store: ${path} ${reason}. Mend that, or set PORTCULLIS_HOME to a directory of your own.`,
  );
}
