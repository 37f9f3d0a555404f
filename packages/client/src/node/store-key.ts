import { randomBytes, scrypt } from 'node:crypto';
import { join, resolve } from 'node:path';
import { fromBase64Url } from '@portcullis/ports';
import { OAuthClientError } from '../oauth-client-error.js';
import { defaultStoreDirectory } from './default-directory.js';
import { createFileLeases } from './file-lease.js';
import { type KeychainModule, readOrMakeKeychainKey } from './keychain.js';
import { makePrivateDirectory } from './private-directory.js';
import { readPrivateFile, writePrivateFile } from './private-file.js';

/** Where a key comes from. */
export type StoreKeySource = 'keychain' | 'environment' | 'passphrase' | 'none';

/** The key of a store, for `createFileStore`. */
export interface StoreKey {
  readonly source: StoreKeySource;
  /** 32 bytes; undefined where there is none, and records are kept as they are. */
  readonly key: Uint8Array<ArrayBuffer> | undefined;
  /**
   * The keys that come after it: records may be sealed with one of them, from a time when the first was not there. Absent
   * where there is none. A passphrase is made into a key at the call.
   */
  readonly findOthers?: () => Promise<readonly StoreKey[]>;
}

/** Where a key is looked for. */
export interface StoreKeyOptions {
  /** The directory of the store. @defaultValue {@link defaultStoreDirectory} */
  readonly directory?: string;
  /** @defaultValue those of the process */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** @defaultValue `@napi-rs/keyring` */
  readonly loadKeychain?: () => Promise<KeychainModule>;
}

const KEY_BYTES = 32;
const MIN_PASSPHRASE_LENGTH = 8;
const SALT_FILE = 'passphrase-salt';
const SALT_BYTES = 32;
/** scrypt (RFC 7914) with 128 MiB: half a second for us, and for each guess of somebody who has the files. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 160 * 1024 * 1024 };

/**
 * Finds the key that records are sealed with: in the keychain of the system, where it is made when it is not there; else in
 * `PORTCULLIS_STORE_KEY` (32 bytes, base64url or hex); else from `PORTCULLIS_STORE_PASSPHRASE` by scrypt, with a salt that
 * stands in the directory of the store; else there is none. The key itself is never kept beside what it protects.
 *
 * Seals with the first of these, and reads with all: a keychain that answers at a desk and not over SSH must not make a
 * record of the other place look damaged.
 *
 * A variable that is set and cannot be used is an error, also when it is empty: whoever set it meant the records to be
 * encrypted.
 *
 * @throws {OAuthClientError} `configuration_invalid` on such a variable, `store_failed` where the salt cannot be kept
 */
export async function findStoreKey(options: StoreKeyOptions = {}): Promise<StoreKey> {
  const { environment = process.env, loadKeychain = loadKeyring } = options;
  const fromEnvironment = parseKey(environment['PORTCULLIS_STORE_KEY']);
  const passphrase = checkPassphrase(environment['PORTCULLIS_STORE_PASSPHRASE']);
  const directory = resolve(options.directory ?? defaultStoreDirectory({ environment }));
  const leases = createFileLeases(directory);
  const kept = await readOrMakeKeychainKey(
    loadKeychain,
    () => Uint8Array.from(randomBytes(KEY_BYTES)),
    (key) => key.length === KEY_BYTES,
    (work) => leases.withLease('keychain', work),
  );
  const fromPassphrase = async (): Promise<StoreKey> => {
    const salt = await leases.withLease(SALT_FILE, () => readOrMakeSalt(directory));
    return { source: 'passphrase', key: await derive(passphrase ?? '', salt) };
  };
  const later = [
    ...(fromEnvironment === undefined
      ? []
      : [async (): Promise<StoreKey> => ({ source: 'environment', key: fromEnvironment })]),
    ...(passphrase === undefined ? [] : [fromPassphrase]),
  ];
  const first = kept === undefined ? await later.shift()?.() : ({ source: 'keychain', key: kept } as const);
  if (first === undefined) return { source: 'none', key: undefined };
  return later.length === 0 ? first : { ...first, findOthers: () => Promise.all(later.map((find) => find())) };
}

/** How records are kept, in words for the user. */
export function describeStoreKey(source: StoreKeySource): string {
  switch (source) {
    case 'keychain':
      return 'Encrypted. The key is in the keychain of this computer.';
    case 'environment':
      return 'Encrypted with the key in PORTCULLIS_STORE_KEY.';
    case 'passphrase':
      return 'Encrypted with a key made of PORTCULLIS_STORE_PASSPHRASE.';
    case 'none':
      return 'Not encrypted: no keychain answers, and neither PORTCULLIS_STORE_KEY nor PORTCULLIS_STORE_PASSPHRASE is set. The files can be read by your user and by root alone.';
  }
}

async function loadKeyring(): Promise<KeychainModule> {
  return import('@napi-rs/keyring');
}

function parseKey(text: string | undefined): Uint8Array<ArrayBuffer> | undefined {
  if (text === undefined) return undefined;
  const bytes = /^[0-9A-Fa-f]{64}$/.test(text) ? Uint8Array.from(Buffer.from(text, 'hex')) : fromBase64Url(text);
  if (bytes?.length === KEY_BYTES) return bytes;
  throw new OAuthClientError(
    'configuration_invalid',
    'PORTCULLIS_STORE_KEY is no key: it has to be 32 random bytes, as 43 characters of base64url or 64 of hex. Make one with: openssl rand -hex 32',
  );
}

/** In one Unicode form (NFKC), since keyboards write one text in several. */
function checkPassphrase(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const passphrase = text.normalize('NFKC');
  if (passphrase.length >= MIN_PASSPHRASE_LENGTH) return passphrase;
  throw new OAuthClientError(
    'configuration_invalid',
    `PORTCULLIS_STORE_PASSPHRASE is too short: it has to have ${MIN_PASSPHRASE_LENGTH} characters at least.`,
  );
}

/** A salt that is damaged is made anew: the key that was made with it is not there any more. */
async function readOrMakeSalt(directory: string): Promise<Uint8Array> {
  await makePrivateDirectory(directory);
  const path = join(directory, SALT_FILE);
  const file = await readPrivateFile(path, 1024);
  const kept = file.kind === 'read' ? file.bytes.toString('latin1').trim() : '';
  if (new RegExp(`^[0-9a-f]{${SALT_BYTES * 2}}$`).test(kept)) return Buffer.from(kept, 'hex');
  const salt = randomBytes(SALT_BYTES);
  await writePrivateFile(path, `${salt.toString('hex')}\n`);
  return salt;
}

function derive(passphrase: string, salt: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
  return new Promise((fulfil, reject) => {
    scrypt(passphrase, salt, KEY_BYTES, SCRYPT, (error, key) => {
      if (error === null) fulfil(Uint8Array.from(key));
      else reject(error);
    });
  });
}
