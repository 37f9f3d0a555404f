import { readFileSync } from 'node:fs';
import { base64Url, fromBase64Url, type Random } from '@portcullis/ports';
import { readEnvironmentValue } from '../config/environment-value.js';
import { ProgramError, systemErrorCode, usageError } from '../program-error.js';
import type { SuggestCommand } from '../suggest-command.js';
import { createSecretFile } from './secret-file.js';
import { replaceMasterKey } from './wrong-master-key.js';

const KEY_BYTES = 32;
// 32 random bytes hold fewer than 16 different values less than once in 10^15 draws; placeholders nearly always do.
const LEAST_DIFFERENT_BYTES = 16;

/** Where the key may come from. */
export interface MasterKeySource {
  /** The file in the data directory. */
  readonly file: string;
  /** `PORTCULLIS_MASTER_KEY`, base64url of 32 bytes, or `PORTCULLIS_MASTER_KEY_FILE`, a file of that. They win over the
   * file in the data directory, which is then neither read nor made. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** A master key, and the words for where it came from. */
export interface MasterKey {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** `PORTCULLIS_MASTER_KEY`, `the file /run/secrets/key of PORTCULLIS_MASTER_KEY_FILE`, or the path of the file in the data directory. */
  readonly origin: string;
}

/**
 * The key that everything sealed in the store hangs on. The first start makes it. One that is there but damaged is never
 * replaced: that would make what it sealed unreadable.
 *
 * @throws {ProgramError} naming file or variable, never a byte of the key (F-12)
 */
export function loadMasterKey(source: MasterKeySource, random: Random): MasterKey {
  return fromEnvironment(source) ?? fromFile(source.file, { random });
}

/** The same for commands beside the gate, which never make one: what a fresh key seals, no gate could open. */
export function readMasterKey(source: MasterKeySource, suggest: SuggestCommand): MasterKey {
  return fromEnvironment(source) ?? fromFile(source.file, { suggest });
}

function fromEnvironment({ environment }: MasterKeySource): MasterKey | undefined {
  const found = readEnvironmentValue('PORTCULLIS_MASTER_KEY', { environment, baseDirectory: '.' });
  if (found === undefined) return undefined;
  const howTo = 'make one with: node -p "crypto.randomBytes(32).toString(\'base64url\')"';
  const bytes = parseKey(found.value);
  if (bytes === undefined) throw usageError(`${found.origin} is not 32 random bytes in base64url; ${howTo}`);
  return { bytes, origin: found.origin };
}

/** What is done where there is no file: one is made, or a way out is told. */
type WithoutFile = { readonly random: Random } | { readonly suggest: SuggestCommand };

function fromFile(file: string, without: WithoutFile): MasterKey {
  try {
    const text = readKeyFile(file);
    if (text === undefined) {
      if ('suggest' in without) {
        throw new ProgramError(
          `there is no master key at ${file}, and the store was sealed under one: put it back, or set PORTCULLIS_MASTER_KEY; when it is lost, set a new one and run ${replaceMasterKey(without.suggest)}`,
        );
      }
      const { random } = without;
      createSecretFile(file, `${base64Url(random.bytes(KEY_BYTES))}\n`, random);
    }
    const bytes = parseKey(text ?? readFileSync(file, 'utf8'));
    if (bytes !== undefined) return { bytes, origin: file };
    throw new ProgramError(
      `the master key in ${file} is damaged: restore the file from a backup (a new key cannot open what the old one sealed)`,
    );
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === undefined) throw error;
    throw new ProgramError(`cannot read or create the master key ${file}: ${code}`);
  }
}

function readKeyFile(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function parseKey(text: string): Uint8Array<ArrayBuffer> | undefined {
  const key = fromBase64Url(text.trim());
  return key?.length === KEY_BYTES && new Set(key).size >= LEAST_DIFFERENT_BYTES ? key : undefined;
}
