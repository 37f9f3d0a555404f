import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NOW, user } from '@portcullis/ports/testing';
import { expect, it } from 'vitest';
import { openSqliteStorage } from '../sqlite-storage.js';
import { makeOlderFile } from '../testing/older-file.js';

const VERSION_5_ROWS = `INSERT INTO users (tenant_id, subject, username, password_hash, created_at)
  VALUES ('a', 'subject-alice', 'alice', 'hash-of-alice', ${NOW})`;

it('a file of the fifth version keeps its rows, was served as nobody knows whom, and knows it from then on', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'portcullis-version-5-'));
  const file = join(directory, 'test.db');
  await makeOlderFile(file, 5, VERSION_5_ROWS);
  const first = await openSqliteStorage({ file });
  expect(await first.users.list('a')).toEqual([user()]);
  expect(await first.noteIssuer('a', 'https://old.test', NOW)).toBeUndefined();
  await first.close();
  const second = await openSqliteStorage({ file });
  expect(await second.noteIssuer('a', 'https://new.test', NOW + 1)).toBe('https://old.test');
  await second.close();
  await rm(directory, { recursive: true });
});
