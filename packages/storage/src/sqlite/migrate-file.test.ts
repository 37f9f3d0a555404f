import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openDriver } from './driver.js';
import { migrateSqlite, planSqliteMigrations } from './migrate-file.js';
import { initial } from './migrations/0001-initial.js';
import { MIGRATIONS } from './migrations/index.js';

const KNOWN = MIGRATIONS.length;
const ALL = MIGRATIONS;

describe('the migrations of a file', () => {
  let directory: string;
  let file: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'portcullis-plan-'));
    file = join(directory, 'test.db');
  });
  afterEach(async () => {
    await rm(directory, { recursive: true });
  });

  async function makeVersion1(): Promise<void> {
    const database = await openDriver(file, 0);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('CREATE TABLE schema_version (version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT');
    for (const statement of initial.statements) database.exec(statement);
    database.exec(`INSERT INTO schema_version VALUES (1, 'initial')`);
    database.close();
  }

  it('are all of them where there is no file, and planning makes none', async () => {
    expect(await planSqliteMigrations(file)).toMatchObject({ current: 0, known: KNOWN, pending: ALL });
    expect(await readdir(directory)).toEqual([]);
  });

  it('are those it lacks, and planning changes nothing', async () => {
    await makeVersion1();
    const before = await readFile(file);
    expect(await planSqliteMigrations(file)).toMatchObject({ current: 1, known: KNOWN, pending: ALL.slice(1) });
    // Not toEqual, which looks at every byte of the two by itself and takes seconds.
    expect(before.equals(await readFile(file))).toBe(true);
    // SQLite puts an empty log beside a file that is being read, and one driver leaves it there.
    expect(await readFile(`${file}-wal`).catch(() => Buffer.of())).toEqual(Buffer.of());
  });

  it('are run once, and none is left then', async () => {
    await makeVersion1();
    expect(await migrateSqlite(file)).toEqual({ current: 1, known: KNOWN, pending: ALL.slice(1) });
    expect(await planSqliteMigrations(file)).toMatchObject({ current: KNOWN, known: KNOWN, pending: [] });
    expect((await migrateSqlite(file)).pending).toEqual([]);
  });

  it('are claimed by the one that ran them, of several at once', async () => {
    const answers = await Promise.all(Array.from({ length: 4 }, () => migrateSqlite(file)));
    expect(answers.filter(({ pending }) => pending.length > 0)).toEqual([{ current: 0, known: KNOWN, pending: ALL }]);
    expect(answers.filter(({ current }) => current === KNOWN)).toHaveLength(3);
  });

  /** All that a file holds of its schema, and the steps that it says were done. */
  async function contents(ofFile: string): Promise<unknown> {
    const database = await openDriver(ofFile, 0);
    const tables = database.prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name').all();
    const steps = database.prepare('SELECT version, name FROM schema_version ORDER BY version').all();
    database.close();
    return { tables, steps };
  }

  it.each([0, 1])('from version %i are told as a script, which does what migrating does', async (version) => {
    if (version === 1) await makeVersion1();
    const { script } = await planSqliteMigrations(file);
    expect(script).toContain(`-- The schema has version ${version}; this Portcullis needs ${KNOWN}.`);
    for (const step of ALL) {
      expect(script.includes(`-- Step ${step.version}: ${step.name}\n`)).toBe(step.version > version);
    }
    const byHand = join(directory, 'by-hand.db');
    if (version === 1) await copyFile(file, byHand);
    const database = await openDriver(byHand, 0);
    database.exec(script);
    database.close();
    await migrateSqlite(file);
    expect(await contents(byHand)).toEqual(await contents(file));
    const after = await planSqliteMigrations(byHand);
    expect(after.pending).toEqual([]);
    expect(after.script.split('\n').every((line) => line === '' || line.startsWith('--'))).toBe(true);
  });

  it('of a newer file are none, and it says so by its version; migrating is refused', async () => {
    await migrateSqlite(file);
    const database = await openDriver(file, 0);
    database.exec(`INSERT INTO schema_version VALUES (999, 'from the future')`);
    database.close();
    expect(await planSqliteMigrations(file)).toMatchObject({ current: 999, known: KNOWN, pending: [] });
    await expect(migrateSqlite(file)).rejects.toThrow('written by a newer Portcullis');
  });

  it('are not to be told of something else, in one line', async () => {
    await writeFile(file, 'This is a letter, and no database at all. '.repeat(100));
    await expect(planSqliteMigrations(file)).rejects.toThrow(
      `Cannot use the database "${file}": file is not a database`,
    );
  });
});
