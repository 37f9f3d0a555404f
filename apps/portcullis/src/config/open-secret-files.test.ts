import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { environmentSecretFiles, tellOpenSecretFiles } from './open-secret-files.js';

it('tells of a secret that every user may read, and of no other', () => {
  const baseDirectory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  const file = join(baseDirectory, 'url');
  writeFileSync(file, 'canary');
  const tell = (name: string) =>
    tellOpenSecretFiles(environmentSecretFiles({ environment: { DATABASE_URL_FILE: name }, baseDirectory }));
  chmodSync(file, 0o640);
  expect(tell('url')).toEqual([]);
  chmodSync(file, 0o644);
  expect(tell('url')).toEqual([
    expect.stringContaining(`DATABASE_URL_FILE: every user of this machine may read ${file};`),
  ]);
  expect([...tell('none'), ...tell('')]).toEqual([]);
});
