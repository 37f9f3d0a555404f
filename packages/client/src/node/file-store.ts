import { createHash } from 'node:crypto';
import { link, readdir, rename, rm, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { OAuthClientError } from '../oauth-client-error.js';
import { type ClientStore, formatRecordKey, type RecordKey } from '../stores/client-store.js';
import { defaultStoreDirectory } from './default-directory.js';
import { createFileLeases } from './file-lease.js';
import { findPrivateDirectory, makePrivateDirectory } from './private-directory.js';
import { readPrivateFile, syncDirectory, UNFINISHED, writePrivateFile } from './private-file.js';
import { storeFailure, systemCode } from './store-failure.js';
import type { StoreKey } from './store-key.js';
import { createStoreSealer } from './store-sealer.js';
import { formatStoredRecord, parseStoredRecord } from './stored-record.js';

/**
 * Where a {@link createFileStore file store} keeps its records, and under which key: all that {@link findStoreKey} found, since
 * a record may be sealed with one of the others; or an undefined key for records as they are.
 */
export type FileStoreOptions = (StoreKey | { readonly key: undefined }) & {
  /** @defaultValue {@link defaultStoreDirectory} */
  readonly directory?: string;
  /**
   * Told where a record was looked for and there is only one that was damaged, now or before: the path that it was put aside
   * at, the newest one. Called at every look. @defaultValue nobody is told
   */
  readonly onDamaged?: (path: string) => void;
};

const KEY_BYTES = 32;
const MAX_BYTES = 1024 * 1024;
/** Damaged files that are kept for each record; the oldest go first. */
const MAX_KEPT_ASIDE = 3;
/** A temporary file that old is one of a process that died. */
const ABANDONED_MILLISECONDS = 10 * 60 * 1000;

/**
 * A {@link ClientStore} of one file for each record, for many processes at once. Its directory is 0700 and its files are
 * 0600, whatever the umask; a directory or file that is a link, somebody else's or open to everybody is refused before
 * anything is written. A file is replaced whole or not at all. One that is damaged counts as absent and is kept aside as
 * `NAME.corrupt-MILLISECONDS`.
 *
 * The key is that of {@link findStoreKey}, with its source and what comes after it; undefined keeps the records as plain JSON, in files that are the user's alone.
 * With one, contents are sealed with AES-256-GCM and open under no other file name; the names, which are hashes of what
 * the records are for, are not hidden. What somebody who may write these files takes away or puts back, in its old state,
 * is not noticed. What was sealed with another key that is there is read, and sealed with the first one when it is next
 * kept; a record whose key is not there is left as it is, and replaced by the next that is kept.
 *
 * @throws {OAuthClientError} `configuration_invalid` where the key has not 32 bytes, or stands alone; `store_locked` where the key of a record
 * is not there; `store_failed` from every act that cannot be done
 */
export function createFileStore(options: FileStoreOptions): ClientStore {
  const { key } = options;
  if (key !== undefined && key.length !== KEY_BYTES) {
    throw new OAuthClientError('configuration_invalid', `The key of the store has ${KEY_BYTES} bytes.`);
  }
  if (key !== undefined && !('source' in options)) {
    throw new OAuthClientError(
      'configuration_invalid',
      'The key of the store stands alone. Give all that findStoreKey has found: createFileStore(await findStoreKey()).',
    );
  }
  const directory = resolve(options.directory ?? defaultStoreDirectory());
  const sealer = createStoreSealer(options);
  const leases = createFileLeases(directory);
  let isTidied = false;

  async function keptAside(name: string): Promise<readonly string[]> {
    return (await readdir(directory)).filter((file) => file.startsWith(`${name}.corrupt-`)).sort();
  }

  async function tellDamaged(name: string): Promise<void> {
    if (options.onDamaged === undefined) return;
    const newest = (await keptAside(name).catch(() => [])).at(-1);
    if (newest !== undefined) options.onDamaged(join(directory, newest));
  }

  async function setAside(name: string, inode: number): Promise<void> {
    const aside = join(directory, `${name}.corrupt-${Date.now()}`);
    const path = join(directory, `${name}.json`);
    try {
      await rename(path, aside);
      // Another process may have put a good one there since this one was read.
      if ((await stat(aside)).ino !== inode) {
        await link(aside, path).catch(() => undefined);
        await rm(aside, { force: true });
      }
      const kept = await keptAside(name);
      for (const file of kept.slice(0, -MAX_KEPT_ASIDE)) await rm(join(directory, file), { force: true });
    } catch {
      // It is absent all the same: the next record that is kept takes its place.
    }
  }

  /** Removes what processes left that died while they wrote. */
  async function tidy(): Promise<void> {
    if (isTidied) return;
    isTidied = true;
    for (const file of await readdir(directory)) {
      if (!file.endsWith(UNFINISHED)) continue;
      const path = join(directory, file);
      const changed = await stat(path).catch(() => undefined);
      if (changed !== undefined && Date.now() - changed.mtimeMs > ABANDONED_MILLISECONDS)
        await rm(path, { force: true });
    }
  }

  return {
    async load(recordKey) {
      if (!(await findPrivateDirectory(directory))) return undefined;
      const name = nameOf(recordKey);
      const file = await readPrivateFile(join(directory, `${name}.json`), MAX_BYTES);
      if (file.kind === 'absent') {
        await tellDamaged(name);
        return undefined;
      }
      const stored =
        file.kind === 'read'
          ? await parseStoredRecord(file.bytes, recordKey, name, sealer)
          : ({ kind: 'damaged' } as const);
      if (stored.kind === 'damaged') {
        await setAside(name, file.inode);
        await tellDamaged(name);
      }
      return stored.kind === 'found' ? stored.record : undefined;
    },
    async save(recordKey, record) {
      const name = nameOf(recordKey);
      const text = await formatStoredRecord(recordKey, record, name, sealer);
      if (Buffer.byteLength(text) > MAX_BYTES) throw storeFailure('A record is longer than any that is read back.');
      await makePrivateDirectory(directory);
      await writePrivateFile(join(directory, `${name}.json`), text);
      await tidy().catch(() => undefined);
    },
    async remove(recordKey) {
      if (!(await findPrivateDirectory(directory))) return;
      const name = nameOf(recordKey);
      try {
        await rm(join(directory, `${name}.json`), { force: true });
        // What was kept aside, or left unfinished, holds secrets too.
        for (const file of await readdir(directory)) {
          if (file.startsWith(`${name}.json.`) && file.endsWith(UNFINISHED))
            await rm(join(directory, file), { force: true });
        }
        for (const file of await keptAside(name)) await rm(join(directory, file), { force: true });
        await tidy();
        await syncDirectory(directory);
      } catch (cause) {
        throw storeFailure(
          `A record cannot be removed from ${directory} (${systemCode(cause) ?? 'unknown error'}).`,
          cause,
        );
      }
    },
    withLease: (recordKey, work) => leases.withLease(nameOf(recordKey), work),
  };
}

/** The name of a record's file, without its ending: nothing of a server's or a user's choice reaches the file system. */
function nameOf(key: RecordKey): string {
  return createHash('sha256').update(formatRecordKey(key)).digest('hex');
}
