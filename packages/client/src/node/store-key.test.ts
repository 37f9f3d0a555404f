import { randomUUID } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { KeychainEntry, KeychainModule } from './keychain.js';
import { describeStoreKey, findStoreKey } from './store-key.js';

const HEX = '00112233445566778899aabbccddeeff'.repeat(2);
const BYTES = Uint8Array.from(Buffer.from(HEX, 'hex'));

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-key-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const noKeychain = (): Promise<KeychainModule> => Promise.reject(new Error("Couldn't access platform storage"));

/** A keychain in memory, since there is none here. */
function keychain(initial?: readonly number[]) {
  const kept: { secret: readonly number[] | undefined; written: number; asked: unknown[] } = {
    secret: initial,
    written: 0,
    asked: [],
  };
  class AsyncEntry implements KeychainEntry {
    constructor(...parameters: unknown[]) {
      kept.asked = parameters;
    }
    async getSecret() {
      return kept.secret ?? null;
    }
    async setSecret(secret: Uint8Array) {
      kept.written += 1;
      kept.secret = [...secret];
    }
  }
  return { kept, load: async (): Promise<KeychainModule> => ({ AsyncEntry }) };
}

const find = (environment: Record<string, string>, loadKeychain = noKeychain) =>
  findStoreKey({ directory, environment, loadKeychain });

describe('the keychain', () => {
  it('is asked first; a key is made there once, and found again', async () => {
    const { kept, load } = keychain();
    const first = await find({ PORTCULLIS_STORE_KEY: HEX }, load);
    expect(first.source).toBe('keychain');
    expect(first.key).toHaveLength(32);
    expect(await find({}, load)).toEqual({ source: 'keychain', key: first.key });
    expect([kept.written, kept.asked]).toEqual([
      1,
      ['portcullis', 'store-key', { linux: { store: 'secret-service' } }],
    ]);
  });

  it('goes before keys that are set, which still open what was sealed with them', { timeout: 120_000 }, async () => {
    const PORTCULLIS_STORE_PASSPHRASE = 'correct horse';
    const { load } = keychain();
    const alone = await find({ PORTCULLIS_STORE_PASSPHRASE });
    const later = { source: 'environment', key: BYTES };
    expect(await (await find({ PORTCULLIS_STORE_KEY: HEX }, load)).findOthers?.()).toEqual([later]);
    const all = await find({ PORTCULLIS_STORE_KEY: HEX, PORTCULLIS_STORE_PASSPHRASE }, load);
    expect(await all.findOthers?.()).toEqual([later, alone]);
    const two = await find({ PORTCULLIS_STORE_KEY: HEX, PORTCULLIS_STORE_PASSPHRASE });
    expect(two).toMatchObject(later);
    expect(await two.findOthers?.()).toEqual([alone]);
  });

  it('gives all who ask at once the same key', async () => {
    const { kept, load } = keychain();
    const found = await Promise.all(Array.from({ length: 5 }, () => find({}, load)));
    expect(new Set(found.map(({ key }) => String(key))).size).toBe(1);
    expect(kept.written).toBe(1);
  });

  it('leaves nothing of the key in the directory', async () => {
    const { load } = keychain();
    const { key } = await find({}, load);
    const forms = (['hex', 'base64', 'base64url', 'latin1'] as const).map((form) =>
      Buffer.from(key ?? []).toString(form),
    );
    for (const name of await readdir(directory, { recursive: true })) {
      const path = join(directory, name);
      if ((await stat(path)).isDirectory()) continue;
      const text = await readFile(path, 'latin1');
      for (const form of forms) expect(text).not.toContain(form);
    }
  });

  it('has its entry replaced where that is no key', async () => {
    const { kept, load } = keychain([1, 2, 3]);
    expect((await find({}, load)).key).toHaveLength(32);
    expect(kept.secret).toHaveLength(32);
  });

  it.each([
    ['cannot be loaded', noKeychain],
    [
      'throws when it is opened',
      async () => ({
        AsyncEntry: class {
          constructor() {
            throw new Error('no');
          }
        },
      }),
    ],
    [
      'throws when it is read',
      async () => ({
        AsyncEntry: class {
          getSecret = () => Promise.reject(new Error('no'));
          setSecret = async () => {};
        },
      }),
    ],
    [
      'throws when it is written',
      async () => ({
        AsyncEntry: class {
          getSecret = async () => null;
          setSecret = () => Promise.reject(new Error('no'));
        },
      }),
    ],
    [
      'forgets what it is given',
      async () => ({
        AsyncEntry: class {
          getSecret = async () => null;
          setSecret = async () => {};
        },
      }),
    ],
  ])('counts as none where it %s', async (_title, load) => {
    const loadKeychain = load as () => Promise<KeychainModule>;
    expect(await find({}, loadKeychain)).toEqual({ source: 'none', key: undefined });
    expect(await find({ PORTCULLIS_STORE_KEY: HEX }, loadKeychain)).toEqual({ source: 'environment', key: BYTES });
  });

  it('is asked as the real module wants to be: it answers, or counts as none', async () => {
    const account = randomUUID();
    const real = await import('@napi-rs/keyring');
    const loadKeychain = async (): Promise<KeychainModule> => ({
      // An entry of the test's own: nobody's key is touched.
      AsyncEntry: class extends real.AsyncEntry {
        constructor(_service: string, _account: string, options: { linux: { store: 'secret-service' } }) {
          super('portcullis-test', account, options);
        }
      },
    });
    const first = await find({ PORTCULLIS_STORE_KEY: HEX }, loadKeychain);
    expect(['keychain', 'environment']).toContain(first.source);
    expect(await find({ PORTCULLIS_STORE_KEY: HEX }, loadKeychain)).toMatchObject({
      source: first.source,
      key: first.key,
    });
    await new real.AsyncEntry('portcullis-test', account).deleteCredential().catch(() => false);
  });
});

describe('PORTCULLIS_STORE_KEY', () => {
  it.each([HEX, HEX.toUpperCase(), Buffer.from(BYTES).toString('base64url')])('is %s', async (text) => {
    expect(await find({ PORTCULLIS_STORE_KEY: text })).toEqual({ source: 'environment', key: BYTES });
  });

  it.each([
    '',
    ' ',
    'secret',
    HEX.slice(2),
    `${HEX}00`,
    `${HEX} `,
    Buffer.from(BYTES).toString('base64'),
    'x'.repeat(64),
  ])('is an error that does not repeat it where it is %j', async (text) => {
    const { load } = keychain();
    for (const loadKeychain of [noKeychain, load]) {
      const error: unknown = await find({ PORTCULLIS_STORE_KEY: text }, loadKeychain).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ name: 'OAuthClientError', code: 'configuration_invalid' });
      if (text.length > 10) expect(String(error)).not.toContain(text);
    }
  });

  it('goes before a passphrase', async () => {
    const found = await find({ PORTCULLIS_STORE_KEY: HEX, PORTCULLIS_STORE_PASSPHRASE: 'correct horse' });
    expect(found.source).toBe('environment');
    expect(await readdir(directory)).toEqual([]);
  });
});

describe('PORTCULLIS_STORE_PASSPHRASE', () => {
  it('makes one key of one text, by a salt that stands in the directory', { timeout: 120_000 }, async () => {
    const PORTCULLIS_STORE_PASSPHRASE = 'correct horse é';
    const first = await find({ PORTCULLIS_STORE_PASSPHRASE });
    expect(first.source).toBe('passphrase');
    expect(first.key).toHaveLength(32);
    expect(await find({ PORTCULLIS_STORE_PASSPHRASE: 'correct horse e\u0301' })).toEqual(first);
    expect((await find({ PORTCULLIS_STORE_PASSPHRASE: 'another horse' })).key).not.toEqual(first.key);
    const path = join(directory, 'passphrase-salt');
    const salt = await readFile(path, 'utf8');
    expect(salt).toMatch(/^[0-9a-f]{64}\n$/);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    await writeFile(path, 'damaged');
    expect((await find({ PORTCULLIS_STORE_PASSPHRASE })).key).not.toEqual(first.key);
    expect(await readFile(path, 'utf8')).toMatch(/^[0-9a-f]{64}\n$/);
  });

  it('is the same for all who ask for the first time at once', { timeout: 120_000 }, async () => {
    const found = await Promise.all(
      Array.from({ length: 2 }, () => find({ PORTCULLIS_STORE_PASSPHRASE: 'correct horse' })),
    );
    expect(new Set(found.map(({ key }) => String(key))).size).toBe(1);
  });

  it.each(['', 'short'])('is an error where it is %j', async (text) => {
    await expect(find({ PORTCULLIS_STORE_PASSPHRASE: text })).rejects.toMatchObject({ code: 'configuration_invalid' });
  });
});

it('is none where there is neither, and says so in words', async () => {
  expect(await find({})).toEqual({ source: 'none', key: undefined });
  expect(describeStoreKey('none')).toMatch(/^Not encrypted: /);
  for (const source of ['keychain', 'environment', 'passphrase'] as const) {
    expect(describeStoreKey(source)).toMatch(/^Encrypted/);
  }
});
