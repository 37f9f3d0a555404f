import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { whyUnreadable } from '../program-error.js';
import { readSecret } from './secret-source.js';

const baseDirectory = mkdtempSync(join(tmpdir(), 'portcullis-'));
const CANARY = 'canary-of-the-secret';
writeFileSync(join(baseDirectory, 'secret'), `${CANARY}\n`);
writeFileSync(join(baseDirectory, 'empty'), '\n');
writeFileSync(join(baseDirectory, 'large'), CANARY.repeat(4000));
mkdirSync(join(baseDirectory, 'folder'));
symlinkSync('circle', join(baseDirectory, 'circle'));
symlinkSync('nowhere', join(baseDirectory, 'dangling'));

const read = (file: string) => readSecret({ file }, { baseDirectory, environment: {} });

describe('a secret in a file', () => {
  it('is its text, without the line end at its end', () => {
    expect(read('secret')).toEqual({ ok: true, value: CANARY });
  });

  it.each([
    ['missing', 'cannot be read: it does not exist'],
    ['dangling', 'cannot be read: it does not exist'],
    ['secret/below', 'cannot be read: it does not exist'],
    ['folder', 'cannot be read: it is a directory'],
    ['circle', 'cannot be read: its symbolic links lead in a circle'],
    ['empty', 'is empty'],
    ['large', 'is larger than 64 KiB'],
  ])('F-12 %s: is told by its name, and why, never by its content', (file, why) => {
    const { failure } = read(file) as { failure?: string };
    expect(failure).toBe(`${join(baseDirectory, file)} ${why}`);
    expect(failure).not.toContain(CANARY);
  });
});

it.each(['EACCES', 'EPERM'])('F-12 %s is told as a file that this user may not read', (code) => {
  // Asked of the words alone: nothing is unreadable for root, who may run this.
  expect(whyUnreadable(Object.assign(new Error('canary'), { code }))).toBe('this user may not read it');
});
