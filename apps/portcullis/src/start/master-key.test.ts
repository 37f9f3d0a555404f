import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { base64Url } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { suggestWith } from '../suggest-command.js';
import { loadMasterKey, readMasterKey } from './master-key.js';
import { createSecretFile } from './secret-file.js';

const { random } = nodePlatform;
const suggest = suggestWith('');
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  file = join(directory, 'master.key');
});

describe('the master key', () => {
  it('is made once, mode 0600, and used again', () => {
    const before = process.umask(0);
    let made: Uint8Array;
    try {
      made = loadMasterKey({ file, environment: {} }, random).bytes;
    } finally {
      process.umask(before);
    }
    expect(made).toHaveLength(32);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(loadMasterKey({ file, environment: {} }, random)).toEqual({ bytes: made, origin: file });
    expect(readdirSync(directory)).toEqual(['master.key']);
  });

  it('comes from the environment without touching the file', () => {
    const key = random.bytes(32);
    const environment = { PORTCULLIS_MASTER_KEY: base64Url(key) };
    const found = { bytes: key, origin: 'PORTCULLIS_MASTER_KEY' };
    expect(loadMasterKey({ file, environment }, random)).toEqual(found);
    expect(readdirSync(directory)).toEqual([]);
  });

  it('comes from a file that the environment names', () => {
    const key = random.bytes(32);
    const secret = join(directory, 'secret');
    writeFileSync(secret, `${base64Url(key)}\n`);
    const environment = { PORTCULLIS_MASTER_KEY_FILE: secret };
    const found = { bytes: key, origin: `the file ${secret} of PORTCULLIS_MASTER_KEY_FILE` };
    expect(loadMasterKey({ file, environment }, random)).toEqual(found);
    expect(readMasterKey({ file, environment }, suggest)).toEqual(found);
    const both = { ...environment, PORTCULLIS_MASTER_KEY: base64Url(key) };
    expect(() => loadMasterKey({ file, environment: both }, random)).toThrow('are both set');
    const missing = { PORTCULLIS_MASTER_KEY_FILE: join(directory, 'none') };
    expect(() => loadMasterKey({ file, environment: missing }, random)).toThrow('none cannot be read');
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('is never made by a command beside the gate', () => {
    expect(() => readMasterKey({ file, environment: {} }, suggest)).toThrow('there is no master key at');
    expect(readdirSync(directory)).toEqual([]);
    const made = loadMasterKey({ file, environment: {} }, random);
    expect(readMasterKey({ file, environment: {} }, suggest)).toEqual(made);
  });

  it.each([
    '',
    'changeme',
    base64Url(new Uint8Array(32)),
    base64Url(random.bytes(31)),
    base64Url(random.bytes(33)),
    '!'.repeat(43),
  ])('F-12 refuses %j from the environment, and does not repeat it', (value) => {
    const load = () => loadMasterKey({ file, environment: { PORTCULLIS_MASTER_KEY: value } }, random);
    expect(load).toThrow(/^PORTCULLIS_MASTER_KEY is (?:not 32 random bytes|set but empty)/);
    expect(load).toThrow(expect.objectContaining({ exitCode: 2 }));
    if (value !== '') expect(load).not.toThrow(value);
  });

  it.each(['', 'AAAA', 'placeholder-placeholder-placeholder-placeho'])(
    'F-12 never replaces a damaged key: %j',
    (text) => {
      writeFileSync(file, text);
      expect(() => loadMasterKey({ file, environment: {} }, random)).toThrow('is damaged');
      expect(readFileSync(file, 'utf8')).toBe(text);
    },
  );

  it('is that of the faster of two gates that start at once', () => {
    expect(createSecretFile(file, 'first\n', random)).toBe(true);
    expect(createSecretFile(file, 'second\n', random)).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe('first\n');
    expect(readdirSync(directory)).toEqual(['master.key']);
  });

  it('fails in one line where nothing can be written', () => {
    const nowhere = join(directory, 'none', 'master.key');
    expect(() => loadMasterKey({ file: nowhere, environment: {} }, random)).toThrow(/ENOENT$/);
  });
});
