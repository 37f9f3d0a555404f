import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageUnavailableError } from '@portcullis/ports';
import { event, user } from '@portcullis/ports/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSqlStores } from '../sql/sql-stores.js';
import { type SqliteAccess, toSqlAccess } from './access.js';
import { openDatabase } from './open-database.js';
import { toStorageError } from './unavailable.js';

describe('a file that cannot serve now', () => {
  let directory: string;
  let access: SqliteAccess;
  const stores = () => createSqlStores(toSqlAccess(access));
  const add = (name: string) => stores().users.add({ ...user(), subject: name, username: name }, event('user.added'));

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-unavailable-'));
    const file = join(directory, 'test.db');
    access = await openDatabase({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 100 });
  });
  afterEach(async () => {
    await access.close();
    await rm(directory, { recursive: true });
  });

  async function setLimit(limit: string): Promise<void> {
    await access.read((db) => sql`${sql.raw(`PRAGMA max_page_count = ${limit}`)}`.execute(db));
  }

  it('is told of as unavailable where no more room is left for it, reads on, and writes again once there is', async () => {
    await add('before');
    // The least there may be is what there is.
    await setLimit('1');
    const fill = async (): Promise<void> => {
      for (let round = 0; ; round += 1) await Promise.all(['a', 'b', 'c'].map((name) => add(name + round)));
    };
    const error: unknown = await fill().catch((thrown: unknown) => thrown);
    expect(error).toEqual(new StorageUnavailableError('The database cannot answer: its disk is full'));
    expect((await stores().users.findByUsername('a', 'before'))?.username).toBe('before');
    await setLimit('100000');
    expect(await add('after')).toBe('added');
  });

  it('is told of as unavailable where it may only be read', async () => {
    await access.read((db) => sql`PRAGMA query_only = ON`.execute(db));
    const refused = new StorageUnavailableError('The database cannot answer: it may only be read');
    await expect(add('alice')).rejects.toEqual(refused);
    await access.read((db) => sql`PRAGMA query_only = OFF`.execute(db));
    expect(await add('alice')).toBe('added');
  });

  it('is told of as unavailable after it was closed', async () => {
    await access.close();
    const closed = new StorageUnavailableError('The database cannot answer: it was closed');
    await expect(add('alice')).rejects.toEqual(closed);
    await expect(stores().users.findByUsername('a', 'alice')).rejects.toEqual(closed);
  });
});

it('knows an error by its primary code, and without one by the words of SQLite', () => {
  const withCode = (errcode: number) => Object.assign(new Error('x'), { errcode });
  const isUnavailable = (error: unknown) => toStorageError(error) instanceof StorageUnavailableError;
  expect([8, 10, 13, 14, 1032, 778, 526].map((code) => isUnavailable(withCode(code)))).not.toContain(false);
  expect([1, 11, 19, 26].map((code) => isUnavailable(withCode(code)))).not.toContain(true);
  const words = ['disk I/O error', 'database or disk is full', 'unable to open database file'];
  expect(words.map((message) => isUnavailable(new Error(message)))).not.toContain(false);
  const wrong = Object.assign(new Error('database or disk is full'), { errcode: 19 });
  expect(toStorageError(wrong)).toBe(wrong);
});
