import { StorageUnavailableError } from '@portcullis/ports';

/**
 * Why the file cannot serve now and may later, by SQLite's primary result code, with the words that SQLite has for it: one
 * driver leaves the code out when a statement that returns rows fails. A file that is damaged, or none of ours, is not among
 * them: waiting mends neither.
 */
const REASONS: readonly (readonly [primaryCode: number, words: string, reason: string])[] = [
  [8, 'attempt to write a readonly database', 'it may only be read'],
  [10, 'disk I/O error', 'its disk could not be read or written'],
  [13, 'database or disk is full', 'its disk is full'],
  [14, 'unable to open database file', 'it, or a file beside it, could not be opened'],
];

/** What the driver, and what stands on it, say after the file was closed. */
const CLOSED = /^(database is not open|driver has already been destroyed|statement has been finalized)$/;

/**
 * What an act throws for an error of the driver: {@link StorageUnavailableError} where the file cannot serve now, else the
 * error itself. Nothing of the act has happened; only where the disk failed at the moment of a commit is it unknown whether it
 * did: what was written of it by then may be found when the file is opened after a crash.
 */
export function toStorageError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof StorageUnavailableError) return error;
  const reason = CLOSED.test(error.message) ? 'it was closed' : reasonOf(error);
  return reason === undefined
    ? error
    : new StorageUnavailableError(`The database cannot answer: ${reason}`, { cause: error });
}

function reasonOf(error: Error): string | undefined {
  const code = 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined;
  return REASONS.find(([primary, words]) => (code === undefined ? error.message === words : primary === code))?.[2];
}
