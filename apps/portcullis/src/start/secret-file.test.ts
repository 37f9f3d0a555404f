import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSecretFile, replaceSecretFile } from './secret-file.js';

const { random } = nodePlatform;
const SECRET = 'canary\n';
let directory: string;
let file: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  file = join(directory, 'secret');
});

describe('F-12 a secret file', () => {
  it('is made whole, for its owner alone, and one that is there stays', () => {
    expect(createSecretFile(file, SECRET, random)).toBe(true);
    expect(createSecretFile(file, 'another', random)).toBe(false);
    expect([readFileSync(file, 'utf8'), lstatSync(file).mode & 0o777]).toEqual([SECRET, 0o600]);
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('is put in place of one that is there, whatever the mode of that', () => {
    writeFileSync(file, 'old', { mode: 0o644 });
    replaceSecretFile(file, SECRET, random);
    expect([readFileSync(file, 'utf8'), lstatSync(file).mode & 0o777]).toEqual([SECRET, 0o600]);
    expect(readdirSync(directory)).toEqual(['secret']);
  });

  it('that cannot take its place leaves nothing behind that holds the secret', () => {
    mkdirSync(join(file, 'in the way'), { recursive: true });
    expect(() => replaceSecretFile(file, SECRET, random)).toThrow('EISDIR');
    expect(createSecretFile(file, SECRET, random)).toBe(false);
    expect(readdirSync(directory)).toEqual(['secret']);
  });
});
