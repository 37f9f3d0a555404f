import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runProgram, startGate } from '../support/gate.js';
import { type Cluster, startCluster } from '../support/postgres.js';
import { freePort } from '../support/processes.js';
import { type RecordingUpstream, startRecordingUpstream } from '../support/recording-upstream.js';

let cluster: Cluster;
let upstream: RecordingUpstream;
const masterKey = randomBytes(32).toString('base64url');

beforeAll(async () => {
  [cluster, upstream] = await Promise.all([startCluster(), startRecordingUpstream()]);
  await cluster.query('postgres', 'CREATE ROLE o LOGIN; CREATE ROLE s LOGIN');
  await cluster.createDatabase('db', 'o');
});
afterAll(async () => {
  await upstream?.close();
  await cluster?.dispose();
});

const environmentOf = (login: string) => ({
  DATABASE_URL: cluster.url('db', login),
  PORTCULLIS_MASTER_KEY: masterKey,
});
const run = (login: string, ...args: readonly string[]) => runProgram(args, { env: environmentOf(login) });

/** The statements that a sentence gives an administrator to run, as they stand in it. */
function statementsIn(text: string): readonly string[] {
  return /as an administrator: ((?:(?:CREATE ROLE|GRANT) [^;\n]+(?:; )?)+)/.exec(text)?.[1]?.split(/; ?/) ?? [];
}

it('leads from an empty database to a served gate by what the program prints, where one login migrates, another serves, and neither may make the role', async () => {
  const planned = await run('o', 'migrate', '--dry-run');
  const made = await run('o', 'migrate');
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/ had version 0 and has \d+ now\. Ran:\n/) });
  for (const { stderr, stdout } of [planned, made]) {
    expect(stderr).toContain(
      'There is no role portcullis_app, which the login that serves takes on, and the login o may',
    );
    expect(stderr).toContain('; then as o run npx portcullis migrate, which gives the role what acts need');
    expect(stdout).not.toContain('GRANT');
  }

  const noRole = await run('s', 'gateway', '--port', String(await freePort()), '--upstream', upstream.url);
  expect(noRole.code).toBe(1);
  expect(noRole.stderr).toContain('there is no role portcullis_app, which the login s is to take on');
  expect(noRole.stderr).toContain('; then as the login o, which owns the schema, run npx portcullis migrate');
  const [createRole = '', makeMember = ''] = statementsIn(noRole.stderr);
  await cluster.query('db', createRole);
  const noMember = await run('s', 'users', 'list');
  expect(noMember.stderr).toContain('the login s is no member of the role portcullis_app');
  expect(noMember.stderr).toContain('; then as the login o, which owns the schema, run npx portcullis migrate');
  expect(statementsIn(noMember.stderr)[0]).toBe(makeMember);
  await cluster.query('db', makeMember);
  expect((await run('s', 'users', 'list')).stderr).toMatch(
    /the role portcullis_app was given nothing yet of what acts need; as the owner of the schema run npx portcullis migrate, which gives it\n$/,
  );

  const foreseen = await run('o', 'migrate', '--dry-run');
  const given = await run('o', 'migrate');
  const list = /:\n((?: {2}GRANT .*\n)+)/;
  expect(foreseen.stdout).toMatch(/ has version \d+\. Would run for the role that gates take on:\n/);
  expect(given.stdout).toMatch(/ has version \d+\. Ran for the role that gates take on:\n/);
  expect(list.exec(given.stdout)?.[1]).toBe(list.exec(foreseen.stdout)?.[1]);
  const after = await run('o', 'migrate', '--dry-run');
  expect(after.stdout).toContain('There is nothing to do.');
  for (const { stderr, code } of [foreseen, given, after]) {
    expect({ stderr, code }).toEqual({ stderr: expect.stringMatching(/^On PostgreSQL, [^\n]*\n$/), code: 0 });
  }

  // An address that leads here, and is not known to.
  const elsewhere = { DATABASE_URL: cluster.url('db', 's').replace('127.0.0.1', '0.0.0.0') };
  const gate = await startGate({ args: ['--upstream', upstream.url], env: { ...environmentOf('s'), ...elsewhere } });
  expect((await fetch(`${gate.origin}/.well-known/oauth-authorization-server`)).status).toBe(200);
  expect(gate.running.stderr()).not.toContain('The database does not');
  expect(gate.running.stderr()).toMatch(/The connection to the database db at 0\.0\.0\.0:\d+ as s is not encrypted/);
  await gate.stop();
});
