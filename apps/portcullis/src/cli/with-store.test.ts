import { chmodSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
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

it('migrate --dry-run narrows nothing, whatever the modes, and adds nothing', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-'));
  expect((await run(['migrate', '--data-dir', directory])).exitCode).toBe(0);
  const file = join(directory, 'portcullis.db');
  chmodSync(file, 0o644);
  chmodSync(directory, 0o755);
  const state = () => [
    readFileSync(file),
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
