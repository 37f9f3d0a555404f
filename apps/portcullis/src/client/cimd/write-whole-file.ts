import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, openSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { systemErrorCode } from '../../program-error.js';

/**
 * Writes a file that everybody may read, whole or not at all: beside its place, then renamed over it. One that is replaced
 * keeps its mode, and a link to it stays. What is no plain file, such as a pipe, is written to as it is.
 *
 * @param replaces - whether one that is there is replaced
 * @throws a system error, `EEXIST` where one is there that is not to be replaced; it is then as it was
 */
export function writeWholeFile(file: string, text: string, replaces: boolean): void {
  const there = find(file);
  if (there !== undefined && replaces && !there.isPlain) {
    writeFileSync(file, text);
    return;
  }
  const place = there?.path ?? file;
  const temporary = `${place}.${randomBytes(8).toString('hex')}.tmp`;
  let isNameTaken = false;
  try {
    writeFileSync(temporary, text, { flag: 'wx' });
    if (there !== undefined) chmodSync(temporary, there.mode);
    // Takes the name, where a rename alone would replace what somebody has put there meanwhile.
    if (!replaces) {
      closeSync(openSync(file, 'wx'));
      isNameTaken = true;
    }
    renameSync(temporary, place);
  } catch (error) {
    rmSync(temporary, { force: true });
    if (isNameTaken) rmSync(file, { force: true });
    throw error;
  }
}

/** What a name leads to. */
function find(file: string): { readonly path: string; readonly mode: number; readonly isPlain: boolean } | undefined {
  try {
    const found = statSync(file);
    return { path: realpathSync(file), mode: found.mode & 0o777, isPlain: found.isFile() };
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}
