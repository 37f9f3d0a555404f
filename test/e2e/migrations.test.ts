import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { makeOlderFile } from '../../packages/storage/src/sqlite/testing/older-file.js';
import { runProgram, TEST_PASSWORD } from '../support/gate.js';
import { type Cluster, startCluster } from '../support/postgres.js';
import { start } from '../support/processes.js';

let cluster: Cluster;
const folder = mkdtempSync(join(tmpdir(), 'portcullis-migrations-'));
const dataDir = join(folder, 'data');

beforeAll(async () => {
  cluster = await startCluster();
  await cluster.query('postgres', 'CREATE ROLE serving LOGIN; CREATE ROLE owner LOGIN CREATEROLE');
  await cluster.createDatabase('gate', 'owner');
});

afterAll(async () => {
  await cluster?.dispose();
});

const run = (args: readonly string[], login: string, input = '') =>
  runProgram([...args, '--data-dir', dataDir], { env: { DATABASE_URL: cluster.url('gate', login) }, input });

it('a dry run says that the login may not, changes nothing, and its script is run by one that may', async () => {
  const before = await cluster.dump('gate');
  const refused = await run(['migrate', '--dry-run'], 'serving');
  expect(refused).toMatchObject({ code: 1, stdout: expect.stringMatching(/ It lacks:\n {2}1 {2}initial\n/) });
  expect(refused.stderr).toContain('the login serving may not run this: it may not make a schema in this database');
  expect(refused.stderr).toContain('give DATABASE_MIGRATION_URL a login that may');
  const asJson = await run(['migrate', '--dry-run', '--json'], 'serving');
  expect(JSON.parse(asJson.stdout)).toMatchObject({
    doubts: expect.any(Array),
    obstacle: expect.stringContaining('the login serving may not run this'),
  });
  expect((await run(['migrate'], 'serving')).code).toBe(1);
  expect(await run(['clients', 'list'], 'owner')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(
      `it has no schema yet: run npx portcullis migrate --data-dir ${dataDir} first, or start a gate`,
    ),
  });

  const printed = await run(['migrate', '--dry-run', '--sql'], 'serving');
  expect(printed).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('As things are, the login serving may not'),
  });
  expect(await cluster.dump('gate')).toBe(before);

  const file = join(folder, 'gate.sql');
  writeFileSync(file, printed.stdout);
  const psql = start('psql', ['--set', 'ON_ERROR_STOP=1', '--file', file, cluster.url('gate', 'owner')]);
  expect([await psql.exited, psql.stderr()]).toEqual([0, '']);
  const after = await run(['migrate', '--dry-run'], 'serving');
  expect(after).toMatchObject({ code: 0, stdout: expect.stringContaining('There is nothing to do.') });
  expect(existsSync(dataDir)).toBe(false);
});

it('with PostgreSQL only a command that needs a file of the data directory touches it', async () => {
  const password = `${TEST_PASSWORD}\n`;
  expect((await run(['users', 'add', 'admin', '--password-stdin'], 'serving', password)).code).toBe(0);
  expect(existsSync(dataDir)).toBe(false);

  mkdirSync(dataDir);
  chmodSync(dataDir, 0o755);
  const mode = () => (statSync(dataDir).mode & 0o777).toString(8);
  for (const args of [['users', 'list'], ['clients', 'list'], ['resources', 'list'], ['keys', 'list'], ['migrate']]) {
    expect((await run(args, 'serving')).code).toBe(0);
  }
  expect([mode(), readdirSync(dataDir)]).toEqual(['755', []]);

  writeFileSync(join(dataDir, 'first-user.txt'), 'username: admin\npassword: canary\n');
  expect((await run(['users', 'reset-password', 'admin', '--password-stdin'], 'serving', password)).code).toBe(0);
  expect([mode(), readdirSync(dataDir)]).toEqual(['700', []]);
});

it('no command but migrate takes an older schema from the gates that are at work on it', async () => {
  const place = ['--data-dir', join(folder, 'older')];
  const input = `${TEST_PASSWORD}\n`;
  expect((await runProgram(['users', 'add', 'alice', '--password-stdin', ...place], { input })).code).toBe(0);
  const file = join(folder, 'older', 'portcullis.db');
  rmSync(file);
  await makeOlderFile(file, 2, `INSERT INTO users VALUES ('default', 's', 'alice', 'hash', NULL, 1)`);
  const before = readFileSync(file);
  for (const args of [
    ['clients', 'list'],
    ['keys', 'rotate'],
    ['users', 'add', 'bob', '--password-stdin'],
  ]) {
    expect(await runProgram([...args, ...place], { input })).toMatchObject({
      code: 2,
      stdout: '',
      stderr: expect.stringMatching(
        /^(?:Others could read [^\n]+\n)?portcullis: cannot use the database \S+: it has schema version 2, this program needs \d+: run npx portcullis migrate --data-dir \S+\/older first, when every gate on it can be restarted\n$/,
      ),
    });
  }
  expect(before.equals(readFileSync(file))).toBe(true);
  expect((await runProgram(['migrate', ...place])).code).toBe(0);
  expect((await runProgram(['users', 'list', ...place])).stdout).toContain('alice');
});
