import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StorageUnavailableError } from '@portcullis/ports';
import { Kysely, sql, type Transaction } from 'kysely';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Database } from '../sql/schema.js';
import { createSqliteDialect } from './dialect.js';
import { type DriverDatabase, openDriver } from './driver.js';
import { createGroupCommit } from './group-commit.js';

let directory: string;
let driver: DriverDatabase;
let db: Kysely<Database>;
let write: ReturnType<typeof createGroupCommit>;
/** Every statement that was run, in order. */
let statements: string[];
/** Commits that fail, as a disk would that is full. */
let failingCommits: number;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'portcullis-group-'));
  driver = await openDriver(join(directory, 'test.db'), 50);
  driver.exec('PRAGMA journal_mode = WAL');
  driver.exec('CREATE TABLE noted (word TEXT PRIMARY KEY) STRICT');
  statements = [];
  failingCommits = 0;
  const watched: DriverDatabase = {
    exec: (text) => driver.exec(text),
    close: () => driver.close(),
    prepare: (text) => {
      const statement = driver.prepare(text);
      return {
        columns: () => statement.columns(),
        all: (...parameters) => statement.all(...parameters),
        run: (...parameters) => {
          statements.push(text);
          if (text === 'commit' && failingCommits > 0) {
            failingCommits -= 1;
            driver.exec('ROLLBACK');
            throw new Error('database or disk is full');
          }
          return statement.run(...parameters);
        },
      };
    },
  };
  db = new Kysely<Database>({ dialect: createSqliteDialect(watched) });
  write = createGroupCommit(db, 500);
});

afterEach(async () => {
  await db.destroy();
  await rm(directory, { recursive: true });
});

const note =
  (word: string) =>
  async (trx: Transaction<Database>): Promise<string> => {
    await sql`INSERT INTO noted (word) VALUES (${word})`.execute(trx);
    return word;
  };
const words = (): unknown[] =>
  driver
    .prepare('SELECT word FROM noted ORDER BY rowid')
    .all()
    .map((row) => (row as { word: string }).word);
const commits = (): number => statements.filter((text) => text === 'commit').length;

it('commits once for acts that wait at the same time, and answers each', async () => {
  expect(await Promise.all(['a', 'b', 'c'].map((word) => write(note(word))))).toEqual(['a', 'b', 'c']);
  expect(words()).toEqual(['a', 'b', 'c']);
  expect(commits()).toBe(1);
});

it('waits for more as long as each turn of the event loop brings another act', async () => {
  const asked: Promise<string>[] = [];
  const askEachTurn = ([word = '', ...others]: readonly string[]): void => {
    if (others.length > 0) setImmediate(() => askEachTurn(others));
    asked.push(write(note(word)));
  };
  askEachTurn(['a', 'b', 'c', 'd']);
  await asked[0];
  expect(await Promise.all(asked)).toEqual(['a', 'b', 'c', 'd']);
  expect(commits()).toBe(1);
});

it('takes no more than sixteen into one, and none is left behind', async () => {
  const many = Array.from({ length: 40 }, (_, index) => `w${index}`);
  expect(await Promise.all(many.map((word) => write(note(word))))).toEqual(many);
  expect(words()).toEqual(many);
  expect(commits()).toBe(3);
});

it('takes back what a failed act did, all of it, and nothing of the others', async () => {
  const failing = write(async (trx) => {
    await note('half')(trx);
    throw new Error('changed its mind');
  });
  const outcomes = await Promise.allSettled([write(note('a')), failing, write(note('a')), write(note('b'))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  expect(words()).toEqual(['a', 'b']);
  expect(commits()).toBe(2);
});

it('tells nobody of an act whose commit failed, and runs each again by itself', async () => {
  failingCommits = 1;
  expect(await Promise.all(['a', 'b'].map((word) => write(note(word))))).toEqual(['a', 'b']);
  expect(words()).toEqual(['a', 'b']);
  expect(commits()).toBe(3);
});

it('fails an act whose own commit fails, and goes on with the next', async () => {
  failingCommits = 2;
  const outcomes = await Promise.allSettled(['a', 'b'].map((word) => write(note(word))));
  expect(outcomes).toEqual([
    { status: 'rejected', reason: new Error('database or disk is full') },
    { status: 'fulfilled', value: 'b' },
  ]);
  expect(words()).toEqual(['b']);
});

it('runs the others again where an act brings the whole transaction down', async () => {
  const breaking = async (): Promise<never> => {
    driver.exec('ROLLBACK');
    throw new Error('out of memory');
  };
  const outcomes = await Promise.allSettled([write(note('a')), write(breaking), write(note('b'))]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(words()).toEqual(['a', 'b']);
});

it('waits for another process, and then commits all', async () => {
  const other = await openDriver(join(directory, 'test.db'), 50);
  other.exec('BEGIN IMMEDIATE');
  const both = Promise.all(['a', 'b'].map((word) => write(note(word))));
  await new Promise((resolve) => setTimeout(resolve, 120));
  expect(words()).toEqual([]);
  other.exec('COMMIT');
  expect(await both).toEqual(['a', 'b']);
  other.close();
});

it('waits no longer for a lock the more acts wait for it, and loses none that came later', async () => {
  const other = await openDriver(join(directory, 'test.db'), 0);
  other.exec('BEGIN IMMEDIATE');
  const many = Array.from({ length: 40 }, (_, index) => write(note(`w${index}`)));
  const started = performance.now();
  const outcomes = await Promise.allSettled(many);
  for (const outcome of outcomes) {
    expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(StorageUnavailableError);
  }
  // A guard against waiting in a row, ten times as long as it may be.
  expect(performance.now() - started).toBeLessThan(5_000);
  other.exec('COMMIT');
  expect(await write(note('later'))).toBe('later');
  expect(words()).toEqual(['later']);
  other.close();
});
