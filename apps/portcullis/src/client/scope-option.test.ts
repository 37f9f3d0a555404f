import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { protectServer } from './testing/protect-server.js';
import { createRecordingBrowser } from './testing/recording-browser.js';
import { answerJson, type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

const servers: ScriptedServer[] = [];
let server: ScriptedServer;
let environment: Record<string, string>;

afterAll(() => Promise.all(servers.map((one) => one.close())));

/** A server that gives these scopes, whatever it is asked for. */
beforeEach(async () => {
  server = servers[0] ?? (await startScriptedServer());
  servers[0] = server;
  environment = {
    PORTCULLIS_HOME: join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home'),
    PORTCULLIS_STORE_KEY: '0'.repeat(64),
    PORTCULLIS_CLIENT_SECRET: 'its-secret',
  };
});

function give(scope: string): void {
  const { origin } = server.url;
  protectServer(server, { metadata: { registration_endpoint: `${origin}/register` }, tokens: { scope } });
  const rest = server.script;
  server.script = (request, response) =>
    response.req.url === '/register' ? answerJson(response, { client_id: 'registered' }, 201) : rest(request, response);
}

const portcullis = (...args: string[]): Promise<RunResult> => run(args, { environment });
const login = (...args: string[]): Promise<RunResult> =>
  portcullis('login', server.url.href, '--open-command', createRecordingBrowser().openCommand, ...args);
const MACHINE = ['--client-credentials', '--client-id', 'nightly'];

describe('a scope that is asked for with --scope', () => {
  it('is named by login where it was not given', async () => {
    give('a b');
    expect(await login('--scope', 'b', '--scope', 'nonesuch')).toMatchObject({
      exitCode: 0,
      notes: expect.stringContaining('did not give what was asked for with --scope: nonesuch\n'),
    });
  });

  it('is a token without it for nobody', async () => {
    give('a b');
    await login();
    const { href } = server.url;
    expect(await portcullis('token', href, '--scope', 'b')).toMatchObject({ exitCode: 0, out: 'at-1\n' });
    expect(await portcullis('token', href, '--scope', 'b', '--scope', 'c d')).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringContaining(
        `not been given c d; ask for it with: npx portcullis login ${href} --scope c --scope d\n`,
      ),
    });
  });

  it('is asked for anew by a machine that has a token without it', async () => {
    give('a');
    const { href } = server.url;
    expect(await portcullis('token', href, ...MACHINE)).toMatchObject({ exitCode: 0 });
    expect(await portcullis('token', href, ...MACHINE, '--scope', 'b')).toMatchObject({
      exitCode: 1,
      out: '',
      err: expect.stringContaining('not been given b\n'),
    });
    give('b');
    expect(await portcullis('token', href, ...MACHINE, '--scope', 'b')).toMatchObject({ exitCode: 0, out: 'at-1\n' });
    expect(server.seen.at(-1)?.body).toContain('scope=b');
  });

  it.each(['bad"scope', 'back\\slash', '', 'ä'])('is no scope where it reads %j', async (scope) => {
    expect(await portcullis('token', server.url.href, '--scope', scope)).toMatchObject({ exitCode: 2, out: '' });
  });

  it('is refused beside those that were given before, which login says how to leave behind', async () => {
    give('a b');
    const { href } = server.url;
    const query = 'const q = new URL(process.argv.at(-1)).searchParams;';
    const refuse = `fetch(q.get("redirect_uri") + "?error=invalid_scope&state=" + q.get("state"))`;
    const refusing = ['login', href, '--scope', 'c', '--open-command', `'${process.execPath}' -e '${query} ${refuse}'`];
    const first = await portcullis(...refusing);
    expect(first).toMatchObject({ exitCode: 1, err: expect.stringContaining('invalid_scope') });
    expect(first.err).not.toContain('logout');
    await login();
    expect(await portcullis(...refusing)).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining(`sign out first with: npx portcullis logout ${href}\n`),
    });
  });

  it('is called no matter of a person where it is a machine’s', async () => {
    give('a');
    const signedIn = await portcullis('login', server.url.href, ...MACHINE);
    const status = await portcullis('status', server.url.href);
    expect(signedIn.out + status.out).not.toContain('somebody has to sign in');
    expect(status.out).toContain('a machine makes by itself');
  });
});

it.each(['', ' '])('a profile is not named %j', async (profile) => {
  for (const command of ['login', 'status', 'logout', 'token', 'tools']) {
    const refused = await portcullis(command, server.url.href, '--profile', profile);
    expect(refused).toMatchObject({ exitCode: 2, out: '' });
  }
});
