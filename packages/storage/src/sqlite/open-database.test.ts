import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { event, grantAccess, NOW, user } from '@portcullis/ports/testing';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DatabaseOpenError } from '../sql/database-open-error.js';
import { SchemaOutdatedError } from '../sql/schema-use.js';
import { openDriver } from './driver.js';
import { migrateSqlite, planSqliteMigrations } from './migrate-file.js';
import { MIGRATIONS } from './migrations/index.js';
import { openDatabase } from './open-database.js';
import { openSqliteStorage } from './sqlite-storage.js';
import { makeOlderFile } from './testing/older-file.js';

describe('a database file', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-open-'));
    file = join(directory, 'test.db');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  it('is readable by its owner alone, and so are the files beside it', async () => {
    const storage = await openSqliteStorage({ file });
    await storage.users.add(user(), event('user.added'));
    for (const path of [file, `${file}-wal`, `${file}-shm`]) expect((await stat(path)).mode & 0o777).toBe(0o600);
    await storage.close();
  });

  it.each([
    ['migrate', 0o644, 0o640],
    ['existing', 0o644, 0o640],
    ['migrate', 0o606, 0o600],
    ['migrate', 0o666, 0o660],
    ['migrate', 0o660, 0o660],
  ] as const)(
    'that everybody could read is theirs no more once it is opened, and its group keeps what it has (%s, %o: %o)',
    async (schema, before, after) => {
      await (await openSqliteStorage({ file })).close();
      const other = await openDriver(file, 50);
      other.exec('CREATE TABLE other (one)');
      const paths = [file, `${file}-wal`, `${file}-shm`];
      for (const path of paths) await chmod(path, before);
      const storage = await openSqliteStorage({ file, schema });
      for (const path of paths) expect((await stat(path)).mode & 0o777).toBe(after);
      await storage.close();
      other.close();
    },
  );

  it('keeps what was committed', async () => {
    const first = await openSqliteStorage({ file });
    await grantAccess(first);
    await first.close();
    const second = await openSqliteStorage({ file });
    expect(await second.grants.hasLiveGrant('a', 'subject-alice', 'client-1', NOW)).toBe(true);
    expect(await second.countEvents('authorization_code.redeemed')).toBe(1);
    await second.close();
  });

  it('is written through to the disk at each commit, with foreign keys on', async () => {
    const access = await openDatabase({ file, busyTimeoutMilliseconds: 5, patienceMilliseconds: 100 });
    const read = async (pragma: string) =>
      (await access.read((db) => sql<Record<string, unknown>>`${sql.raw(`PRAGMA ${pragma}`)}`.execute(db))).rows[0];
    expect(await read('journal_mode')).toEqual({ journal_mode: 'wal' });
    expect(await read('synchronous')).toEqual({ synchronous: 2 });
    expect(await read('foreign_keys')).toEqual({ foreign_keys: 1 });
    await access.close();
  });

  it.each(['make', 'existing'] as const)('of an older program is left as it is by %s', async (schema) => {
    const { length: known } = MIGRATIONS;
    await makeOlderFile(file, known - 1);
    const before = await readFile(file);
    const error: unknown = await openSqliteStorage({ file, schema }).catch((thrown: unknown) => thrown);
    expect(error).toEqual(
      new DatabaseOpenError(
        `Cannot use the database "${file}": it has schema version ${known - 1}, this program needs ${known}: ` +
          'run npx portcullis migrate first, when every gate on it can be restarted',
      ),
    );
    expect((error as Error).cause).toBeInstanceOf(SchemaOutdatedError);
    // Not toEqual, which looks at every byte of the two by itself and takes seconds.
    expect(before.equals(await readFile(file))).toBe(true);
    expect((await planSqliteMigrations(file)).current).toBe(known - 1);

    await (await openSqliteStorage({ file })).close();
    await (await openSqliteStorage({ file, schema })).close();
  });

  it('is made by make, and not by existing, which does not fill an empty one either', async () => {
    const opening = () => openSqliteStorage({ file, schema: 'existing' });
    await expect(opening()).rejects.toThrow(`Cannot use the database "${file}": it does not exist`);
    await writeFile(file, '');
    await expect(opening()).rejects.toThrow('it has no schema yet: run npx portcullis migrate first, or start a gate');
    expect((await stat(file)).size).toBe(0);
    await (await openSqliteStorage({ file, schema: 'make' })).close();
    const storage = await opening();
    expect(await storage.users.list('a')).toEqual([]);
    await storage.close();
  });

  async function problemWith(path: string): Promise<string> {
    try {
      const storage = await openSqliteStorage({ file: path });
      await storage.close();
    } catch (error) {
      if (!(error instanceof DatabaseOpenError)) throw error;
      return error.message;
    }
    throw new Error('The file was opened');
  }

  it.each([
    ['in a directory that does not exist', 'missing/test.db', 'its directory does not exist'],
    ['that is a directory', 'directory', 'it is a directory'],
    ['that is something else', 'garbage', 'file is not a database: name another, or restore it from a backup'],
    ['below a file', 'garbage/test.db', 'its directory is not a directory'],
  ])('%s is refused in one line', async (_, name, reason) => {
    await mkdir(join(directory, 'directory'));
    await writeFile(join(directory, 'garbage'), 'This is a letter, and no database at all. '.repeat(100));
    const path = join(directory, name);
    expect(await problemWith(path)).toBe(`Cannot use the database "${path}": ${reason}`);
  });

  it('that is damaged is to be restored from a backup', async () => {
    const path = join(directory, 'damaged.db');
    await (await openSqliteStorage({ file: path })).close();
    const bytes = await readFile(path);
    await writeFile(path, bytes.fill(0xff, 100, 4096));
    expect(await problemWith(path)).toBe(
      `Cannot use the database "${path}": database disk image is malformed: restore it from a backup`,
    );
  });

  it.each([
    ['', 'its name is empty'],
    [':memory:', 'it would be kept in memory alone; name a file'],
    ['file:test.db', 'it is a URI; name a file by its path'],
    ['FILE::memory:?cache=shared', 'it is a URI; name a file by its path'],
  ])('named %j is no path: refused, and no such file is made', async (name, reason) => {
    const refusal = `Cannot use the database "${name}": ${reason}`;
    expect(await problemWith(name)).toBe(refusal);
    await expect(planSqliteMigrations(name)).rejects.toThrow(new DatabaseOpenError(refusal));
    await expect(migrateSqlite(name)).rejects.toThrow(new DatabaseOpenError(refusal));
    if (name !== '') await expect(stat(name)).rejects.toThrow('ENOENT');
  });

  it('may have any name behind a path', async () => {
    for (const name of [':memory:', 'file:test.db']) {
      await (await openSqliteStorage({ file: join(directory, name) })).close();
      expect((await stat(join(directory, name))).size).toBeGreaterThan(0);
    }
  });

  it('of a newer program is refused, and left as it is', async () => {
    await (await openSqliteStorage({ file })).close();
    const database = await openDriver(file, 0);
    database.exec(`INSERT INTO schema_version VALUES (999, 'from the future')`);
    expect(await problemWith(file)).toBe(
      `Cannot use the database "${file}": it has schema version 999, written by a newer Portcullis; this one knows ${MIGRATIONS.length}`,
    );
    expect(database.prepare('SELECT max(version) AS version FROM schema_version').all()).toMatchObject([
      { version: 999 },
    ]);
    database.close();
  });

  it('is asked for by its name', async () => {
    for (const options of [file, { path: file }, undefined]) {
      await expect(openSqliteStorage(options as never)).rejects.toThrow(
        new TypeError('openSqliteStorage: give { file }, the path of the database'),
      );
    }
    await expect(stat(file)).rejects.toThrow('ENOENT');
  });

  it('is never opened with a busy timeout that would stop the event loop for long', async () => {
    for (const busyTimeoutMilliseconds of [251, -1, Number.NaN]) {
      await expect(openSqliteStorage({ file, busyTimeoutMilliseconds })).rejects.toThrow(RangeError);
    }
  });

  it('survives a value that SQLite cannot hold: the act fails whole, and the next one works', async () => {
    const storage = await openSqliteStorage({ file });
    const slipped = { ...user(), passwordHash: true as unknown as string };
    await expect(storage.users.add(slipped, event('user.added'))).rejects.toThrow(TypeError);
    expect(await storage.users.add(user(), event('user.added'))).toBe('added');
    expect(await storage.countEvents('user.added')).toBe(1);
    await storage.close();
  });

  it('looks into the file for a ping', async () => {
    const storage = await openSqliteStorage({ file });
    await expect(storage.ping()).resolves.toBeUndefined();
    const other = await openDriver(file, 50);
    other.exec('DROP TABLE schema_version');
    other.close();
    await expect(storage.ping()).rejects.toThrow('no such table: schema_version');
    await storage.close();
  });

  it('answers no ping once closed', async () => {
    const storage = await openSqliteStorage({ file });
    await storage.close();
    await expect(storage.ping()).rejects.toThrow();
  });
});
