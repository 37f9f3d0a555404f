import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { OAuthClientError } from '../oauth-client-error.js';
import { ownUser } from './private-directory.js';
import { storeFailure, systemCode } from './store-failure.js';

/** How the name of a file that is not yet whole ends. */
export const UNFINISHED = '.tmp';

const PRIVATE_MODE = 0o600;
/** No link is followed, and nothing waits for the other end of a pipe. Windows knows neither. */
const CAREFULLY = (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/** What stands in a file. */
export type PrivateFile =
  | { readonly kind: 'absent' }
  | { readonly kind: 'read'; readonly bytes: Buffer; readonly inode: number }
  | { readonly kind: 'too_large'; readonly inode: number };

/**
 * Reads a file of ours in a directory of ours, `maxBytes` at most. A mode that lets others in is tightened to 0600.
 *
 * @throws {OAuthClientError} `store_failed` where it is a link or somebody else's, or cannot be read
 */
export async function readPrivateFile(path: string, maxBytes: number): Promise<PrivateFile> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, constants.O_RDONLY | CAREFULLY);
    const found = await file.stat();
    checkOurs(path, found);
    if (ownUser() !== undefined && (found.mode & 0o777) !== PRIVATE_MODE) await file.chmod(PRIVATE_MODE);
    const { ino: inode } = found;
    return found.size > maxBytes
      ? { kind: 'too_large', inode }
      : { kind: 'read', bytes: await readUpTo(file, found.size), inode };
  } catch (cause) {
    const code = systemCode(cause);
    if (code === 'ENOENT') return { kind: 'absent' };
    if (code === 'ELOOP') throw notOurs(path, 'is a symbolic link');
    throw storeFailure(`A record cannot be read: ${path} (${code ?? 'unknown error'}).`, cause);
  } finally {
    await file?.close();
  }
}

/**
 * Writes a file, 0600 whatever the umask, whole or not at all: to a temporary file in the same directory, through to the
 * disk, then renamed over the old one. A crash leaves the old or the new one, and at worst a temporary file.
 *
 * @throws {OAuthClientError} `store_failed`; the old one is then as it was
 */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(8).toString('hex')}${UNFINISHED}`;
  try {
    await checkReplaceable(path);
    await writeThrough(temporary, text);
    await rename(temporary, path);
    await syncDirectory(dirname(path));
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    throw storeFailure(`A record cannot be kept: ${path} (${systemCode(cause) ?? 'unknown error'}).`, cause);
  }
}

async function writeThrough(path: string, text: string): Promise<void> {
  const flags = constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY | CAREFULLY;
  const file = await open(path, flags, PRIVATE_MODE);
  try {
    await file.chmod(PRIVATE_MODE);
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Makes sure that a name that was given or taken survives a power loss. Windows has no such thing. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const directory = await open(path, constants.O_RDONLY);
  try {
    await directory.sync();
  } finally {
    await directory.close();
  }
}

/** A rename would replace a link, not follow it; that there is one says that somebody else is at work here. */
async function checkReplaceable(path: string): Promise<void> {
  try {
    checkOurs(path, await lstat(path));
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
  }
}

function checkOurs(path: string, found: Stats): void {
  const user = ownUser();
  if (found.isSymbolicLink()) throw notOurs(path, 'is a symbolic link');
  if (!found.isFile()) throw notOurs(path, 'is no plain file');
  if (user !== undefined && found.uid !== user) throw notOurs(path, 'belongs to another user');
}

function notOurs(path: string, reason: string): OAuthClientError {
  return storeFailure(`The store is not used: ${path} ${reason}. Look who put it there, and remove it.`);
}

/** A file of ours is replaced, never written to, so that it does not grow while it is read. */
async function readUpTo(file: FileHandle, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return bytes.subarray(0, filled);
}
