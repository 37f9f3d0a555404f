import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { run } from './testing/run-program.js';

const PASSWORD = 'canary-of-the-database';
let dataDir: string;
const migrate = (...args: string[]): string[] => ['migrate', ...args, '--data-dir', dataDir];

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'portcullis-'));
});

describe('portcullis migrate', () => {
  it('says what it would run and changes nothing, then runs it, then has nothing to do', async () => {
    const planned = await run(migrate('--dry-run'));
    expect(planned.exitCode).toBe(0);
    expect(planned.out).toMatch(
      /^The schema of \S+\/portcullis\.db has version 0; this program needs (\d+)\. Would run:\n( {2}\d+ {2}\S+\n)+Nothing was changed\.\n$/,
    );
    expect(readdirSync(dataDir)).toEqual([]);

    const done = await run(migrate());
    const notes = `There was no gate's store in ${dataDir}: a new one was made there\n`;
    expect(done).toMatchObject({ exitCode: 0, err: '', notes });
    expect(done.out).toMatch(/^The schema of \S+\/portcullis\.db had version 0 and has (\d+) now\. Ran:\n {2}1 {2}/);
    expect(readdirSync(dataDir)).toContain('portcullis.db');

    for (const args of [['--dry-run'], []]) {
      const { out, notes } = await run(migrate(...args));
      expect(out).toMatch(/^The schema of \S+\/portcullis\.db has version \d+\. There is nothing to do\.\n$/);
      expect(notes).toBe('');
    }
  });

  it('tells the same as JSON: what is pending, and what it ran', async () => {
    const plan = JSON.parse((await run(migrate('--dry-run', '--json'))).out) as { known: number; pending: object[] };
    const { known, pending } = plan;
    expect(plan).toMatchObject({
      current: 0,
      pending: [
        { version: 1, name: expect.any(String) },
        { version: 2 },
        { version: 3 },
        { version: 4 },
        { version: 5 },
        { version: 6 },
      ],
    });
    expect(JSON.parse((await run(migrate('--json'))).out)).toEqual({
      from: 0,
      to: known,
      ran: pending,
      forRole: [],
      doubts: [],
    });
    expect(JSON.parse((await run(migrate('--json'))).out)).toEqual({
      from: known,
      to: known,
      ran: [],
      forRole: [],
      doubts: [],
    });
    expect(JSON.parse((await run(migrate('--dry-run', '--json'))).out)).toEqual({
      current: known,
      known,
      pending: [],
      forRole: [],
      doubts: [],
    });
  });

  it('claims what it ran itself, and not what another one did at the same time', async () => {
    const both = await Promise.all([run(migrate('--json')), run(migrate('--json'))]);
    const answers = both.map(({ out }) => JSON.parse(out) as { from: number; to: number; ran: object[] });
    expect(answers.map(({ ran }) => ran.length > 0).toSorted()).toEqual([false, true]);
    for (const { from, to, ran } of answers) expect(from === to).toBe(ran.length === 0);
  });

  it('prints what it would run as SQL, and changes nothing', async () => {
    const { out, notes, exitCode } = await run(migrate('--dry-run', '--sql'));
    expect({ notes, exitCode }).toEqual({ notes: '', exitCode: 0 });
    expect(out).toMatch(/^-- The schema has version 0; .*\nBEGIN IMMEDIATE;\n.*\n-- Step 1: .*;\n\nCOMMIT;\n$/s);
    expect(readdirSync(dataDir)).toEqual([]);
    expect((await run(migrate())).exitCode).toBe(0);
    expect((await run(migrate('--dry-run', '--sql'))).out).toMatch(/^(-- [^\n]*\n)*-- There is nothing to do\.\n$/);
  });

  it.each([
    [['--sql'], '--sql goes with --dry-run'],
    [['--sql', '--json'], '--sql goes with --dry-run'],
    [['--dry-run', '--sql', '--json'], '--sql and --json are two forms of one answer'],
  ])('refuses %j in words, and does nothing', async (args, words) => {
    const { out, err, exitCode } = await run(migrate(...args));
    expect({ out, exitCode }).toEqual({ out: '', exitCode: 2 });
    expect(err).toContain(words);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it('makes the data directory of a first start, but not for a question', async () => {
    const fresh = ['--data-dir', join(dataDir, 'fresh')];
    const { out, notes, exitCode } = await run(['migrate', '--dry-run', ...fresh]);
    expect(out).toMatch(
      /^The schema of \S+ has version 0; this program needs \d+\. Would run:\n.*\nNothing was changed\.\n$/s,
    );
    expect(notes).toBe(`There is no data directory at ${join(dataDir, 'fresh')} yet: it would be made\n`);
    expect(exitCode).toBe(0);
    expect(readdirSync(dataDir)).toEqual([]);
    expect((await run(['migrate', ...fresh])).exitCode).toBe(0);
    expect(readdirSync(join(dataDir, 'fresh'))).toContain('portcullis.db');
  });

  it('CX-04 leaves a directory of somebody’s files alone, and its mode', async () => {
    writeFileSync(join(dataDir, 'letter.txt'), 'Dear reader');
    chmodSync(dataDir, 0o755);
    for (const args of [['--dry-run'], []]) {
      const { out, err, exitCode } = await run(migrate(...args));
      expect({ out, exitCode }).toEqual({ out: '', exitCode: 1 });
      expect(err).toContain(
        `${dataDir} holds files and none of a gate's, so it is left alone: give an empty directory`,
      );
    }
    expect(readdirSync(dataDir)).toEqual(['letter.txt']);
    expect(statSync(dataDir).mode & 0o777).toBe(0o755);
  });

  it.each(['master.key', 'lost+found'])('takes a directory that holds %s', async (name) => {
    mkdirSync(join(dataDir, 'other'));
    writeFileSync(join(dataDir, 'other', name), '');
    expect(await run(['migrate', '--data-dir', join(dataDir, 'other')])).toMatchObject({ exitCode: 0, err: '' });
  });

  it('takes the directory that the configuration names, whatever else is in it', async () => {
    const config = join(dataDir, 'gate.yaml');
    writeFileSync(config, 'dataDir: .\n');
    for (const args of [['--dry-run'], []]) {
      expect(await run(['migrate', ...args, '--config', config])).toMatchObject({ exitCode: 0, err: '' });
    }
  });

  it('CX-04 tells which modes it narrowed, beside the answer; a dry run narrows none', async () => {
    await run(migrate());
    const database = join(dataDir, 'portcullis.db');
    chmodSync(dataDir, 0o755);
    chmodSync(database, 0o644);
    expect((await run(migrate('--dry-run'))).notes).toBe('');
    const { notes, out } = await run(migrate('--json'));
    // SQLite leaves a log beside a file that was looked at, of that file's mode.
    for (const path of [dataDir, database]) {
      expect(notes).toContain(`Others could read ${path}; it is now its owner’s alone\n`);
    }
    expect(JSON.parse(out)).toMatchObject({ ran: [] });
    expect((await run(migrate())).notes).toBe('');
  });

  it('fails in one line on what is no database', async () => {
    writeFileSync(join(dataDir, 'portcullis.db'), 'This is a letter, and no database at all. '.repeat(100));
    for (const args of [['--dry-run'], []]) {
      expect(await run(migrate(...args))).toMatchObject({
        exitCode: 1,
        err: expect.stringMatching(
          /^portcullis: cannot use the database [^\n]*: file is not a database: name [^\n]*\n$/,
        ),
      });
    }
  });

  it('F-12 names a database that it cannot reach, on standard error, without its password', async () => {
    const environment = { DATABASE_URL: `postgres://gate:${PASSWORD}@127.0.0.1:1/gate` };
    for (const command of [migrate('--dry-run'), migrate(), ['clients', 'list'], ['users', 'list'], ['keys', 'list']]) {
      const { out, notes, err, exitCode } = await run(command, { environment });
      expect(out).toBe('');
      expect(notes).toBe('On PostgreSQL, database gate at 127.0.0.1:1\n');
      expect(err).toMatch(
        /^portcullis: cannot use the database gate at 127\.0\.0\.1:1 as gate: nothing listens there\n$/,
      );
      expect(exitCode).toBe(1);
      expect(notes + err).not.toContain(PASSWORD);
    }
  });

  it.each([
    [{ DATABASE_URL: `mysql://gate:${PASSWORD}@db/gate` }, 'must start with postgres://'],
    [{ DATABASE_URL: '' }, 'is set but empty'],
    [{ DATABASE_URL_FILE: '/nowhere/url' }, 'cannot be read'],
  ])('F-12 refuses %j as wrong usage', async (environment, words) => {
    const { err, exitCode } = await run(migrate(), { environment });
    expect(err).toContain(words);
    expect(err).not.toContain(PASSWORD);
    expect(exitCode).toBe(2);
    expect(readdirSync(dataDir)).toEqual([]);
  });

  it.each([[['--database-url', 'x']], [['now']]])('refuses %j as wrong usage', async (args) => {
    expect((await run(migrate(...args))).exitCode).toBe(2);
  });
});
