import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from './testing/run-program.js';

it.each(['users', 'keys', 'clients', 'resources'])(
  '%s list leaves a directory that is no gate’s as it was',
  async (noun) => {
    const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
    chmodSync(directory, 0o755);
    expect(await run([noun, 'list', '--data-dir', directory])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining(`there is no gate's store in ${directory}`),
    });
    expect(readdirSync(directory)).toEqual([]);
    expect(statSync(directory).mode & 0o777).toBe(0o755);
  },
);

it('names the database that it acts on, which of migrate is that of the migrating login', async () => {
  const environment = {
    DATABASE_URL: 'postgres://gate@127.0.0.1:1/serving',
    DATABASE_MIGRATION_URL: 'postgres://owner@127.0.0.1:1/migrated',
  };
  for (const line of ['migrate --dry-run', 'migrate']) {
    const { notes, err } = await run(line.split(' '), { environment });
    expect(notes + err).toContain('On PostgreSQL, database migrated at');
    expect(notes + err).not.toContain('database serving');
  }
  const listed = await run(['users', 'list'], { environment });
  expect(listed.notes + listed.err).toContain('On PostgreSQL, database serving at');
});

it.each([
  'users add alice --password-stdin',
  'clients add A --grant client_credentials',
  'resources add https://a.test',
])('CX-04 %s leaves a directory of somebody’s files alone, where it was typed', async (line) => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  writeFileSync(join(directory, 'letter.txt'), 'Dear reader');
  const refused = await run([...line.split(' '), '--data-dir', directory], { input: 'correct horse battery\n' });
  expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining("holds files and none of a gate's") });
  expect(readdirSync(directory)).toEqual(['letter.txt']);
  writeFileSync(join(directory, 'gate.yaml'), 'dataDir: .\n');
  const config = ['--config', join(directory, 'gate.yaml')];
  expect((await run([...line.split(' '), ...config], { input: 'correct horse battery\n' })).err).toBe('');
});

it.each(['users add alice --password-stdin', 'clients add A --grant client_credentials'])(
  '%s says that it made a store, where, and says so once',
  async (line) => {
    const directory = join(mkdtempSync(join(tmpdir(), 'portcullis-')), 'slip');
    const add = (...more: string[]) =>
      run([...line.replace('alice', `user-${more.length}`).split(' '), ...more, '--data-dir', directory], {
        input: 'correct horse battery\n',
      });
    expect(await add()).toMatchObject({
      notes: expect.stringContaining(`There was no gate's store in ${directory}: a new one was made there\n`),
      exitCode: 0,
    });
    expect((await add('--json')).notes).not.toContain('a new one was made');
  },
);

it('CX-04 says which modes it narrowed, whatever the command', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  await run(['migrate', '--data-dir', directory]);
  for (const line of ['clients list', 'clients add A --grant client_credentials --json']) {
    chmodSync(directory, 0o755);
    const { notes, err } = await run([...line.split(' '), '--data-dir', directory]);
    expect({ notes, err }).toEqual({
      notes: `Others could read ${directory}; it is now its owner’s alone\n`,
      err: '',
    });
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  }
});

it('migrate --dry-run narrows nothing, whatever the modes, and adds nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  expect((await run(['migrate', '--data-dir', directory])).exitCode).toBe(0);
  const file = join(directory, 'portcullis.db');
  chmodSync(file, 0o644);
  chmodSync(directory, 0o755);
  // A digest: to compare every byte of the two by itself took seconds.
  const state = () => [
    createHash('sha256').update(readFileSync(file)).digest('hex'),
    readdirSync(directory),
    ...[directory, file].map((path) => statSync(path).mode),
  ];
  const before = state();
  for (const more of [[], ['--json']]) {
    expect((await run(['migrate', '--dry-run', ...more, '--data-dir', directory])).exitCode).toBe(0);
    expect(state()).toEqual(before);
  }
});

it.each([
  ['users', 'list'],
  ['users', 'add', 'alice', '--password-stdin'],
  ['clients', 'list'],
  ['migrate', '--dry-run'],
])('with PostgreSQL, %s %s touches no data directory', async (...command) => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  chmodSync(directory, 0o755);
  // It finds the store before it connects, which fails: nothing listens there.
  const surroundings = {
    environment: { DATABASE_URL: 'postgres://gate@127.0.0.1:1/gate' },
    input: 'correct horse battery\n',
  };
  for (const dataDir of [directory, join(directory, 'missing')]) {
    const { err } = await run([...command, '--data-dir', dataDir], surroundings);
    expect(err).toContain('nothing listens there');
  }
  expect(readdirSync(directory)).toEqual([]);
  expect(statSync(directory).mode & 0o777).toBe(0o755);
});
