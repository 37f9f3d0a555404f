import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { codeBlocks } from '../support/code-blocks.js';
import { type Gate, runProgram, startGate, TEST_PASSWORD } from '../support/gate.js';
import { PROGRAM, ROOT } from '../support/paths.js';
import { type Cluster, startCluster } from '../support/postgres.js';

const [section = ''] = /^## Backup and restore$.*?^## At the edge$/ms.exec(
  readFileSync(join(ROOT, 'docs', 'operations.md'), 'utf8'),
) ?? [''];
const [makeBackupRole = '', dump = '', makeRoles = '', restore = '', copy = '', putBack = ''] = codeBlocks(section).map(
  ({ code }) => code,
);

const [recorded = ''] = /^## What is recorded where$.*?^## SQLite$/ms.exec(
  readFileSync(join(ROOT, 'docs', 'storage.md'), 'utf8'),
) ?? [''];
const [readTrail = '', deleteOld = ''] = codeBlocks(recorded).map(({ code }) => code);

const folder = mkdtempSync(join(tmpdir(), 'portcullis-backup-'));
const masterKey = randomBytes(32).toString('base64url');
let old: Cluster;
let fresh: Cluster;

beforeAll(async () => {
  [old, fresh] = await Promise.all([startCluster(), startCluster()]);
});
afterAll(async () => {
  await Promise.all([old?.dispose(), fresh?.dispose()]);
  rmSync(folder, { recursive: true, force: true });
});

/** Runs what the documentation says in a shell, on the servers of this test. @throws where it ends with anything but 0 */
function shell(code: string, environment: Readonly<Record<string, string>> = {}) {
  const here = code
    .replaceAll('…@db.example:5432', `@127.0.0.1:${old.port}`)
    .replaceAll('…@new.example:5432', `@127.0.0.1:${fresh.port}`)
    .replaceAll('npx portcullis', `'${process.execPath}' '${PROGRAM}'`);
  const PATH = [process.env['POSTGRES_BIN'], process.env['PATH']].filter(Boolean).join(delimiter);
  return promisify(execFile)('/bin/sh', ['-ec', here], { cwd: folder, env: { ...process.env, ...environment, PATH } });
}

async function statements(cluster: Cluster, code: string): Promise<void> {
  for (const statement of code.split(/;\n/)) {
    if (statement.trim() !== '') await cluster.query('postgres', statement);
  }
}

const loginsOf = (cluster: Cluster) => ({
  DATABASE_URL: cluster.url('portcullis', 'portcullis_serving'),
  DATABASE_MIGRATION_URL: cluster.url('portcullis', 'portcullis_owner'),
  PORTCULLIS_MASTER_KEY: masterKey,
});
const upstream = ['--upstream', 'http://127.0.0.1:9/mcp'];
const publishedBy = async (gate: Gate) => (await fetch(`${gate.origin}/jwks`)).json();
const addCarol = (dataDir: string, env: Readonly<Record<string, string>>) =>
  runProgram(['users', 'add', 'carol', '--password-stdin', '--data-dir', dataDir], {
    env,
    input: `${TEST_PASSWORD}\n`,
  });

it('a dump of PostgreSQL that was made while a gate runs is restored on another server, as the documentation says', async () => {
  await statements(old, makeRoles);
  await statements(old, makeBackupRole);
  const gate = await startGate({ args: upstream, env: loginsOf(old) });
  expect(await addCarol(gate.dataDir, loginsOf(old))).toMatchObject({ code: 0 });
  const published = await publishedBy(gate);

  const asOwner = shell(dump.replace('portcullis_backup', 'portcullis_owner'));
  await expect(asOwner).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('query would be affected by row-level security policy'),
  });
  expect(statSync(join(folder, 'portcullis.dump')).size).toBeGreaterThan(0);
  const withRowSecurity = dump
    .replace('pg_dump', 'pg_dump --enable-row-security')
    .replace('--format=custom', '--format=plain')
    .replace('portcullis_backup', 'portcullis_owner');
  await shell(withRowSecurity);
  expect(readFileSync(join(folder, 'portcullis.dump'), 'utf8')).toMatch(/^COPY portcullis\.users .*;\n\\\.$/m);
  await shell(dump);
  await gate.stop();

  await statements(fresh, makeRoles);
  await shell(restore);
  const restored = await startGate({ args: upstream, env: loginsOf(fresh) });
  expect(await publishedBy(restored)).toEqual(published);
  expect(restored.running.stderr()).toContain('row_level_security holds, append_only_trail holds');
  const users = await runProgram(['users', 'list'], { env: loginsOf(fresh) });
  expect(users.stdout).toContain('carol');
  const owner = await fresh.connect('portcullis', 'portcullis_owner');
  const [setTenant = '', select = ''] = readTrail.split(/(?<=;)\n/);
  await owner.query(setTenant);
  const [last] = (await owner.query<{ type: string; body: string }>(select)).rows;
  expect(last).toMatchObject({ type: 'user.added', body: expect.stringContaining('carol') });
  const deleteAll = deleteOld.replace('- interval', '+ interval');
  expect((await owner.query(deleteAll)).rowCount).toBe(0);
  await owner.end();
  await fresh.query('portcullis', deleteOld);
  expect(await fresh.query('portcullis', 'SELECT FROM portcullis.audit_events')).not.toEqual([]);
  await fresh.query('portcullis', deleteAll);
  expect(await fresh.query('portcullis', 'SELECT FROM portcullis.audit_events')).toEqual([]);
  await restored.stop();

  const another = { ...loginsOf(fresh), PORTCULLIS_MASTER_KEY: randomBytes(32).toString('base64url') };
  await expect(startGate({ args: upstream, env: another })).rejects.toThrow('does not open the stored signing key');
});

it('a copy of SQLite that was made while a gate runs has its last commit, and is restored as the documentation says', async () => {
  const gate = await startGate({ args: upstream, dataDir: join(folder, 'data') });
  const environment = { DATA_DIR: gate.dataDir };
  expect(await addCarol(gate.dataDir, {})).toMatchObject({ code: 0 });
  const published = await publishedBy(gate);
  await shell(copy, environment);
  expect(statSync(join(folder, 'portcullis-backup.db')).mode & 0o777).toBe(0o600);
  expect(await runProgram(['users', 'remove', 'carol', '--data-dir', gate.dataDir])).toMatchObject({ code: 0 });
  // As a gate that was killed leaves it, with the other two beside the file.
  await gate.running.stop('SIGKILL');

  await shell(putBack, environment);
  const restored = await startGate({ args: upstream, dataDir: gate.dataDir });
  expect(await publishedBy(restored)).toEqual(published);
  expect((await runProgram(['users', 'list', '--data-dir', gate.dataDir])).stdout).toContain('carol');
  await restored.stop();
});
