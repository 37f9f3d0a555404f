import {
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { base64Url, type Random } from '@portcullis/ports';
import { systemErrorCode } from '../program-error.js';

/**
 * Creates a file of mode 0600 whole or not at all, unless one is there already. Once it answers, a power loss takes
 * neither the text nor the name.
 *
 * @returns whether it was created; false leaves the one that is there
 * @throws a system error; nothing of the text stays behind then
 */
export function createSecretFile(file: string, text: string, random: Random): boolean {
  return viaTemporary(file, text, random, (temporary) => {
    try {
      // A link fails where a rename would replace: of two gates that start at once, one key wins and both use it.
      linkSync(temporary, file);
      return true;
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    } finally {
      unlinkSync(temporary);
    }
  });
}

/** Writes a file of mode 0600 in place of one that may be there; a reader sees the old or the new text. As lasting as
 * {@link createSecretFile}, and fails alike. */
export function replaceSecretFile(file: string, text: string, random: Random): void {
  viaTemporary(file, text, random, (temporary) => renameSync(temporary, file));
}

function viaTemporary<T>(file: string, text: string, random: Random, publish: (temporary: string) => T): T {
  const temporary = `${file}.${base64Url(random.bytes(9))}.tmp`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  let published: T;
  try {
    try {
      // Unlike one write, it goes on until all of the text is written, or says why not.
      writeFileSync(descriptor, text);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    published = publish(temporary);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  // Also where another gate's file won: this one is about to rely on it, and the other may not have come so far yet.
  keepNames(dirname(file));
  return published;
}

/** Writes the names in a directory to disk: the store would otherwise outlive the key that opens it. Windows cannot, and
 * needs not: its file systems journal names. */
function keepNames(directory: string): void {
  if (process.platform === 'win32') return;
  const descriptor = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    // File systems that cannot, such as some over a network, say so by this.
    if (systemErrorCode(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(descriptor);
  }
}
