import { createHash } from 'node:crypto';
import { chmodSync, chownSync, lchownSync, mkdirSync, mkdtempSync, symlinkSync, watch } from 'node:fs';
import { lstat, mkdir, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ClientStore, RecordKey } from '../stores/client-store.js';
import { createFileStore } from './file-store.js';
import type { StoreKey, StoreKeySource } from './store-key.js';

const KEY: RecordKey = {
  kind: 'tokens',
  issuer: 'https://as.test',
  resource: 'https://mcp.test/mcp',
  profile: 'default',
};
const RECORD = { access_token: 'at-secret', scope: ['a', 'b'], nested: { n: null, t: true, i: 1.5 } };
const SEALING = Uint8Array.from({ length: 32 }, (_, index) => index);
const isRoot = process.geteuid?.() === 0;

let sandbox: string;
let directory: string;
let umask: number;
beforeEach(() => {
  sandbox = mkdtempSync(join(tmpdir(), 'portcullis-store-'));
  directory = join(sandbox, 'data', 'store');
  umask = process.umask();
});
afterEach(async () => {
  process.umask(umask);
  await rm(sandbox, { recursive: true, force: true });
});

type ClientStoreOpener = () => ClientStore;

const plain = (place = directory): ClientStore => createFileStore({ directory: place, key: undefined });
const sealed = (key = SEALING): ClientStore => createFileStore({ directory, source: 'environment', key });
const modeOf = async (path: string): Promise<string> => ((await lstat(path)).mode & 0o777).toString(8);
const files = async (ending: string): Promise<string[]> =>
  (await readdir(directory)).filter((name) => name.endsWith(ending) || name.includes(ending));
async function recordFile(): Promise<string> {
  const [name = ''] = await files('.json');
  return join(directory, name);
}

describe.each([
  ['plain', plain],
  ['sealed', sealed],
])('a %s store', (_title, open) => {
  it('gives back what was kept, also to another process that opens it later', async () => {
    const store = open();
    expect(await store.load(KEY)).toBeUndefined();
    await store.save(KEY, RECORD);
    expect(await store.load(KEY)).toEqual(RECORD);
    expect(await open().load(KEY)).toEqual(RECORD);
    await store.save(KEY, { access_token: 'newer' });
    expect(await open().load(KEY)).toEqual({ access_token: 'newer' });
  });

  it('CL-06 CX-06 keeps records apart by every part of their key, and removes one alone', async () => {
    const store = open();
    const others: RecordKey[] = [
      { ...KEY, kind: 'registration' },
      { ...KEY, issuer: 'https://as.test/' },
      { ...KEY, resource: 'https://mcp.test/MCP' },
      { ...KEY, profile: 'Default' },
      { ...KEY, issuer: '', resource: KEY.issuer + KEY.resource },
    ];
    await store.save(KEY, RECORD);
    for (const [index, key] of others.entries()) await store.save(key, { index });
    for (const [index, key] of others.entries()) expect(await store.load(key)).toEqual({ index });
    await store.remove(KEY);
    await store.remove(KEY);
    expect(await store.load(KEY)).toBeUndefined();
    expect(await files('.json')).toHaveLength(others.length);
  });

  it('does not make a directory to find that there is nothing in it', async () => {
    const store = open();
    expect(await store.load(KEY)).toBeUndefined();
    await store.remove(KEY);
    expect(await readdir(sandbox)).toEqual([]);
  });

  it('CX-04 has a directory of 0700 and files of 0600, whatever the umask', async () => {
    for (const [index, mask] of [0o000, 0o077, 0o777].entries()) {
      process.umask(mask);
      const key = { ...KEY, profile: String(index) };
      await open().save(key, RECORD);
      await open().withLease(key, async () => {});
      process.umask(umask);
      for (const name of await readdir(directory, { recursive: true })) {
        const { mode } = await stat(join(directory, name));
        expect([name, (mode & 0o077).toString(8)]).toEqual([name, '0']);
      }
      expect(await modeOf(directory)).toBe('700');
      expect(await modeOf(await recordFile())).toBe('600');
      await rm(join(sandbox, 'data'), { recursive: true });
    }
  });

  it.each([
    ['truncated', (path: string) => truncate(path, 20)],
    ['empty', (path: string) => truncate(path, 0)],
    ['nothing but NUL', (path: string) => writeFile(path, Buffer.alloc(200))],
    ['of another shape', (path: string) => writeFile(path, '{"access_token":"at"}')],
    ['no object', (path: string) => writeFile(path, '[1]')],
    [
      'of another version',
      async (path: string) => writeFile(path, (await readFile(path, 'utf8')).replace('"version":1', '"version":2')),
    ],
    ['of 100 MB', (path: string) => truncate(path, 100 * 1024 * 1024)],
    [
      'polluting',
      async (path: string) =>
        writeFile(path, (await readFile(path, 'utf8')).replace('{', '{"__proto__":{"isAdmin":true},')),
    ],
    ['no UTF-8', (path: string) => writeFile(path, Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]))],
  ])('CX-05 takes a file that is %s for absent, keeps it aside, and goes on', async (_name, damage) => {
    const store = open();
    await store.save(KEY, RECORD);
    const path = await recordFile();
    await damage(path);
    const { size } = await stat(path);
    expect(await store.load(KEY)).toBeUndefined();
    const [aside = ''] = await files('.corrupt-');
    expect(aside).toMatch(/^[0-9a-f]{64}\.corrupt-[0-9]{13}$/);
    expect((await stat(join(directory, aside))).size).toBe(size);
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false);
    await store.save(KEY, RECORD);
    expect(await store.load(KEY)).toEqual(RECORD);
  });

  it('CX-05 keeps three damaged files of a record aside and no more, and none after it was removed', async () => {
    const store = open();
    for (let round = 0; round < 6; round += 1) {
      await store.save(KEY, RECORD);
      await writeFile(await recordFile(), `damaged ${round}`);
      expect(await store.load(KEY)).toBeUndefined();
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const kept = await files('.corrupt-');
    const contents = await Promise.all(kept.sort().map((name) => readFile(join(directory, name), 'utf8')));
    expect(contents).toEqual(['damaged 3', 'damaged 4', 'damaged 5']);
    await store.remove(KEY);
    expect(await files('.corrupt-')).toEqual([]);
  });

  it('CX-06 ignores a record that stands under the name of another one, and leaves it', async () => {
    const store = open();
    await store.save(KEY, RECORD);
    const own = await recordFile();
    const other = { ...KEY, profile: 'other' };
    await store.save(other, { access_token: 'of the other' });
    const stranger = (await files('.json')).map((name) => join(directory, name)).find((path) => path !== own) ?? '';
    await writeFile(own, await readFile(stranger));
    expect(await store.load(KEY)).toBeUndefined();
    expect(await store.load(other)).toEqual({ access_token: 'of the other' });
  });

  it.each([
    '../../.ssh/authorized_keys',
    '/etc/passwd',
    'CON',
    'a\0b',
    'x'.repeat(4096),
    'https://user:secret@mcp.test/',
    '..',
    '',
  ])('CX-06 lets no part of a key reach the file system: %j', async (hostile) => {
    const watched = [sandbox, join(sandbox, '.ssh')];
    await mkdir(join(sandbox, '.ssh'));
    // What is written and removed again is seen too.
    const seen = new Set<string | null>();
    const watchers = watched.map((place) => watch(place, (_event, name) => void seen.add(name)));
    const store = open();
    const keys = [hostile, join(sandbox, 'absolute')].flatMap((text) => [
      { ...KEY, profile: text },
      { ...KEY, issuer: text },
      { ...KEY, resource: text },
    ]);
    for (const key of keys) {
      await store.save(key, RECORD);
      await store.withLease(key, async () => {});
      expect(await store.load(key)).toEqual(RECORD);
    }
    const outside = (await readdir(sandbox, { recursive: true })).filter((name) => !name.startsWith('data/store/'));
    expect(outside.sort()).toEqual(['.ssh', 'data', 'data/store']);
    for (const name of await readdir(directory)) expect(name).toMatch(/^[0-9a-f]{64}\.(json|lock)$/);
    // Events come in their order: with these, all before them have come.
    for (const [index, place] of watched.entries()) await writeFile(join(place, `last-${index}`), '');
    await expect.poll(() => seen.has('last-0') && seen.has('last-1')).toBe(true);
    for (const watcher of watchers) watcher.close();
    expect([...seen].filter((name) => !name?.startsWith('last-'))).toEqual(['data']);
  });
});

it('CX-06 names a file by the hash of what its record is for, which the record repeats', async () => {
  await plain().save(KEY, RECORD);
  const path = await recordFile();
  const { key } = JSON.parse(await readFile(path, 'utf8')) as { key: string };
  for (const part of [KEY.issuer, KEY.resource, KEY.profile]) expect(key).toContain(part);
  expect(path).toBe(join(directory, `${createHash('sha256').update(key).digest('hex')}.json`));
});

describe('what is refused before anything is written (CX-04)', () => {
  const FOREIGN = 12_345;

  async function expectRefusal(place: string): Promise<void> {
    const store = plain(place);
    const failure = { name: 'OAuthClientError', code: 'store_failed' };
    await expect(store.save(KEY, RECORD)).rejects.toMatchObject(failure);
    await expect(store.load(KEY)).rejects.toMatchObject(failure);
    await expect(store.withLease(KEY, async () => 'worked')).rejects.toMatchObject(failure);
  }

  it('CX-04 a store that is a symbolic link', async () => {
    mkdirSync(join(sandbox, 'elsewhere'), { mode: 0o700 });
    symlinkSync(join(sandbox, 'elsewhere'), join(sandbox, 'store'));
    await expectRefusal(join(sandbox, 'store'));
    expect(await readdir(join(sandbox, 'elsewhere'))).toEqual([]);
  });

  it('CX-04 a parent that is a symbolic link', async () => {
    mkdirSync(join(sandbox, 'elsewhere', 'store'), { recursive: true, mode: 0o700 });
    symlinkSync(join(sandbox, 'elsewhere'), join(sandbox, 'parent'));
    await expectRefusal(join(sandbox, 'parent', 'store'));
    expect(await readdir(join(sandbox, 'elsewhere', 'store'))).toEqual([]);
  });

  it('CX-04 a link further up that is not one of the system', async () => {
    mkdirSync(join(sandbox, 'elsewhere', 'parent'), { recursive: true, mode: 0o700 });
    symlinkSync(join(sandbox, 'elsewhere'), join(sandbox, 'link'));
    if (isRoot) lchownSync(join(sandbox, 'link'), FOREIGN, FOREIGN);
    await expectRefusal(join(sandbox, 'link', 'parent', 'store'));
    expect(await readdir(join(sandbox, 'elsewhere', 'parent'))).toEqual([]);
  });

  it('CX-04 a link in place of a record, and in place of a lease', async () => {
    const store = plain();
    await store.save(KEY, RECORD);
    const path = await recordFile();
    await rm(path);
    const target = join(sandbox, 'target');
    await writeFile(target, 'untouched');
    symlinkSync(target, path);
    await expect(store.save(KEY, RECORD)).rejects.toMatchObject({ code: 'store_failed' });
    await expect(store.load(KEY)).rejects.toMatchObject({ code: 'store_failed' });
    symlinkSync(sandbox, path.replace('.json', '.lock'));
    await expect(store.withLease(KEY, async () => {})).rejects.toMatchObject({ code: 'store_failed' });
    expect(await readFile(target, 'utf8')).toBe('untouched');
    expect((await readdir(sandbox)).sort()).toEqual(['data', 'target']);
  });

  it('CX-04 a store that belongs to another user', async () => {
    if (isRoot) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
      chownSync(directory, FOREIGN, FOREIGN);
    }
    await expectRefusal(isRoot ? directory : '/etc');
  });

  it('CX-04 a record that belongs to another user', async () => {
    const store = plain();
    await store.save(KEY, RECORD);
    const path = await recordFile();
    // Nobody but root can give a file away; what is not a plain file is refused by the same check.
    if (isRoot) chownSync(path, FOREIGN, FOREIGN);
    else {
      await rm(path);
      await mkdir(path);
    }
    await expect(store.save(KEY, { access_token: 'new' })).rejects.toMatchObject({ code: 'store_failed' });
    await expect(store.load(KEY)).rejects.toMatchObject({ code: 'store_failed' });
  });

  it.each([
    [0o777, 'store'],
    [0o1777, 'store'],
    [0o703, 'store'],
    [0o777, 'parent'],
  ])('CX-04 a directory that everybody may write to: %o of the %s', async (mode, which) => {
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    chmodSync(which === 'store' ? directory : join(sandbox, 'data'), mode);
    await expectRefusal(directory);
    expect(await readdir(directory)).toEqual([]);
  });

  it('CX-04 a file in place of the directory', async () => {
    await writeFile(join(sandbox, 'store'), '');
    await expectRefusal(join(sandbox, 'store'));
  });

  it('CX-04 tightens a directory of 0755 and a record of 0644', async () => {
    const store = plain();
    await store.save(KEY, RECORD);
    const path = await recordFile();
    chmodSync(directory, 0o755);
    chmodSync(path, 0o644);
    expect(await store.load(KEY)).toEqual(RECORD);
    expect([await modeOf(directory), await modeOf(path)]).toEqual(['700', '600']);
    chmodSync(directory, 0o770);
    chmodSync(path, 0o666);
    await store.save(KEY, RECORD);
    expect([await modeOf(directory), await modeOf(path)]).toEqual(['700', '600']);
  });
});

describe('sealing', () => {
  it('leaves no secret and no address in the file, and seals no record alike twice', async () => {
    await sealed().save(KEY, RECORD);
    const first = await readFile(await recordFile(), 'utf8');
    expect(first).not.toMatch(/at-secret|as\.test|mcp\.test|access_token/);
    await sealed().save(KEY, RECORD);
    expect(await readFile(await recordFile(), 'utf8')).not.toBe(first);
  });

  it('CX-05 takes what does not open for absent: changed, or moved to another name', async () => {
    await sealed().save(KEY, RECORD);
    const path = await recordFile();
    const text = await readFile(path, 'utf8');
    const middle = Math.floor(text.length / 2);
    await writeFile(path, text.slice(0, middle) + (text[middle] === 'A' ? 'B' : 'A') + text.slice(middle + 1));
    expect(await sealed().load(KEY)).toBeUndefined();
    expect(await files('.corrupt-')).toHaveLength(1);
    const other = { ...KEY, profile: 'other' };
    await sealed().save(other, RECORD);
    const otherPath = await recordFile();
    await writeFile(otherPath, text);
    expect(await sealed().load(other)).toBeUndefined();
  });

  const OTHER = Uint8Array.from(SEALING, (byte) => byte ^ 1);
  const open = (source: StoreKeySource, key: typeof SEALING | undefined, ...others: readonly StoreKey[]): ClientStore =>
    createFileStore({ directory, source, key, findOthers: async () => others });

  it.each<[string, StoreKeySource, ClientStoreOpener, RegExp]>([
    ['no key', 'keychain', () => open('none', undefined), /in the keychain of this computer, which does not answer/],
    ['no key', 'environment', () => open('none', undefined), /PORTCULLIS_STORE_KEY, and it is not set/],
    [
      'a key from elsewhere',
      'keychain',
      () => open('environment', OTHER),
      /in the keychain of this computer, which does/,
    ],
    ['a key from elsewhere', 'passphrase', () => open('keychain', OTHER), /PORTCULLIS_STORE_PASSPHRASE, and it is not/],
    [
      'another one',
      'environment',
      () => open('environment', OTHER),
      /another PORTCULLIS_STORE_KEY than the one that is/,
    ],
    ['another one', 'keychain', () => open('keychain', OTHER), /that the keychain of this computer no longer has/],
    [
      'another one further back',
      'passphrase',
      () => open('keychain', OTHER, { source: 'passphrase', key: OTHER }),
      /another PORTCULLIS_STORE_PASSPHRASE than the one that is set/,
    ],
    ['no word of where it came from', 'none', () => plain(), /neither PORTCULLIS_STORE_KEY nor/],
  ])(
    'leaves a record as it is where there is %s in place of the key from %s, and says so',
    async (_what, source, reopen, words) => {
      await open(source, SEALING).save(KEY, RECORD);
      const text = await readFile(await recordFile(), 'utf8');
      for (let round = 0; round < 2; round += 1) {
        await expect(reopen().load(KEY)).rejects.toMatchObject({
          code: 'store_locked',
          message: expect.stringMatching(words),
        });
      }
      expect(await readdir(directory)).toHaveLength(1);
      expect(await readFile(await recordFile(), 'utf8')).toBe(text);
      expect(await open(source, SEALING).load(KEY)).toEqual(RECORD);
      await reopen().save(KEY, { access_token: 'newer' });
      expect(await reopen().load(KEY)).toEqual({ access_token: 'newer' });
    },
  );

  it('reads with every key that there is, and seals with the first', async () => {
    await open('environment', OTHER).save(KEY, RECORD);
    const both = open('keychain', SEALING, { source: 'environment', key: OTHER });
    expect(await both.load(KEY)).toEqual(RECORD);
    await both.save(KEY, RECORD);
    expect(await open('keychain', SEALING).load(KEY)).toEqual(RECORD);
    await expect(open('environment', OTHER).load(KEY)).rejects.toMatchObject({ code: 'store_locked' });
  });

  it('reads a record that does not say which key it was sealed with', async () => {
    await open('environment', OTHER).save(KEY, RECORD);
    const path = await recordFile();
    const { version, sealed: text } = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
    await writeFile(path, JSON.stringify({ version, sealed: text }));
    expect(await open('keychain', SEALING, { source: 'environment', key: OTHER }).load(KEY)).toEqual(RECORD);
    await expect(plain().load(KEY)).rejects.toMatchObject({ code: 'store_locked' });
  });

  it('reads what was kept before there was a key, and seals it when it is next kept', async () => {
    await plain().save(KEY, RECORD);
    expect(await sealed().load(KEY)).toEqual(RECORD);
    await sealed().save(KEY, RECORD);
    expect(await readFile(await recordFile(), 'utf8')).not.toContain('at-secret');
  });

  it('takes no key alone, which would lose sight of those that other records are sealed with', () => {
    // @ts-expect-error a program that is not checked gives it all the same
    const give = () => createFileStore({ directory, key: SEALING });
    expect(give).toThrow(expect.objectContaining({ code: 'configuration_invalid' }));
  });

  it.each([0, 16, 31, 33])('takes no key of %i bytes', (length) => {
    expect(() => createFileStore({ directory, source: 'environment', key: new Uint8Array(length) })).toThrow(
      expect.objectContaining({ code: 'configuration_invalid' }),
    );
  });
});

it('CX-04 leaves nothing of a record that was removed, also what was not finished a moment ago, and all of others', async () => {
  const other = { ...KEY, profile: 'other' };
  await plain().save(other, RECORD);
  const unfinished = [`${await recordFile()}.${'0'.repeat(16)}.tmp`];
  await plain().save(KEY, RECORD);
  for (const name of await files('.json')) unfinished.push(join(directory, `${name}.${'1'.repeat(16)}.tmp`));
  for (const path of unfinished) await writeFile(path, 'at-secret');
  await plain().remove(KEY);
  const left = await readdir(directory);
  expect(new Set(left.map((name) => name.slice(0, 64))).size).toBe(1);
  expect(left).toHaveLength(3);
});

it('keeps no record that it would not read back', async () => {
  await plain().save(KEY, RECORD);
  await expect(plain().save(KEY, { filler: 'x'.repeat(1024 * 1024) })).rejects.toMatchObject({ code: 'store_failed' });
  expect(await plain().load(KEY)).toEqual(RECORD);
});
