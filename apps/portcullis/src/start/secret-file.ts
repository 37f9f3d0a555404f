import { closeSync, fsyncSync, linkSync, openSync, renameSync, unlinkSync, writeSync } from 'node:fs';
import { base64Url, type Random } from '@portcullis/ports';
import { systemErrorCode } from '../program-error.js';

/**
 * Creates a file of mode 0600 whole or not at all, unless one is there already.
 *
 * @returns whether it was created; false leaves the one that is there
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

/** Writes a file of mode 0600 in place of one that may be there; a reader sees the old or the new text. */
export function replaceSecretFile(file: string, text: string, random: Random): void {
  viaTemporary(file, text, random, (temporary) => renameSync(temporary, file));
}

function viaTemporary<T>(file: string, text: string, random: Random, publish: (temporary: string) => T): T {
  const temporary = `${file}.${base64Url(random.bytes(9))}.tmp`;
  const descriptor = openSync(temporary, 'wx', 0o600);
  try {
    writeSync(descriptor, text);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return publish(temporary);
}
