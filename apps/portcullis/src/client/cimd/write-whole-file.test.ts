import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  lstatSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, expect, it } from 'vitest';
import { writeWholeFile } from './write-whole-file.js';

const PROGRAM = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const ID = 'https://app.example.com/client.json';

let directory: string;
let path: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'portcullis-write-'));
  path = join(directory, 'client.json');
});

it('replaces a file with its mode, behind a link too, and leaves nothing beside it', () => {
  writeWholeFile(path, 'first', false);
  chmodSync(path, 0o640);
  const link = join(directory, 'link.json');
  symlinkSync(path, link);
  expect(() => writeWholeFile(link, 'second', false)).toThrow(expect.objectContaining({ code: 'EEXIST' }));
  expect(readFileSync(path, 'utf8')).toBe('first');
  writeWholeFile(link, 'second', true);
  expect(readFileSync(path, 'utf8')).toBe('second');
  expect((statSync(path).mode & 0o777).toString(8)).toBe('640');
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readdirSync(directory).sort()).toEqual(['client.json', 'link.json']);
});

it('writes to what is no plain file as it is', () => {
  writeWholeFile('/dev/null', 'text', true);
  expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
});

it('leaves the old document, or none, where the disk takes no more', () => {
  // A file of at most 512 bytes, or 1024 where the shell counts in those.
  const uris = Array.from({ length: 20 }, (_, index) => [
    '--redirect-uri',
    `https://app.example.com/callback/${index}`,
  ]);
  const init = [PROGRAM, 'cimd', 'init', ID, ...uris.flat(), '--output', path];
  const run = (...more: readonly string[]) =>
    spawnSync('sh', ['-c', 'ulimit -f 1 && exec "$@"', 'sh', process.execPath, ...init, ...more], { encoding: 'utf8' });
  expect(run()).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be written') });
  expect(readdirSync(directory)).toEqual([]);
  writeFileSync(path, 'old');
  expect(run('--force')).toMatchObject({ status: 1, stderr: expect.stringContaining('cannot be written') });
  expect(readFileSync(path, 'utf8')).toBe('old');
  expect(readdirSync(directory)).toEqual(['client.json']);
});
