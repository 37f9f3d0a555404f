import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/testing/run-program.js';
import type { Terminal } from '../terminal.js';
import { connect } from './connect.js';
import { protectServer } from './testing/protect-server.js';
import { createRecordingBrowser } from './testing/recording-browser.js';
import { type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

let server: ScriptedServer;
const environment = {
  PORTCULLIS_HOME: join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home'),
  PORTCULLIS_STORE_KEY: '0'.repeat(64),
};

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.close());

/** A server whose tool wants `notes:write`. */
function protect(): void {
  const { origin } = server.url;
  protectServer(server, { metadata: { registration_endpoint: `${origin}/register` } });
  const rest = server.script;
  server.script = (request, response) => {
    if (response.req.url === '/register') {
      response.writeHead(201, { 'content-type': 'application/json' });
      return void response.end(JSON.stringify({ client_id: 'registered' }));
    }
    if (request.message.method !== 'tools/call' || request.headers.authorization === undefined) {
      return rest(request, response);
    }
    const challenge = 'Bearer error="insufficient_scope", scope="notes:write"';
    response.writeHead(403, { 'www-authenticate': challenge }).end();
  };
}

describe('a command that must not ask anybody', () => {
  it('says how somebody signs in, in a command that can be copied as it is', async () => {
    protect();
    const url = `${server.url.href}?a=1&b=it's`;
    const args = ['tools', url, '--no-sign-in', '--profile', 'my work', '--scope', 'x'];
    expect(await run(args, { environment })).toMatchObject({
      exitCode: 1,
      out: '',
      notes: '',
      err: expect.stringContaining(
        `npx portcullis login '${server.url.href}?a=1&b=it'\\''s' --profile 'my work' --scope x\n`,
      ),
    });
  });

  it('names the scope that a tool needs and the sign-in has not', async () => {
    protect();
    const { href } = server.url;
    const browser = createRecordingBrowser();
    const login = ['login', href, '--profile', 'work', '--open-command', browser.openCommand];
    expect(await run(login, { environment })).toMatchObject({ exitCode: 0 });
    const words = `notes:write. Get it with: npx portcullis login ${href} --profile work --scope notes:write`;
    const call = ['call', href, 'add', '--no-sign-in', '--profile', 'work'];
    const failed = await run(call, { environment });
    expect(failed).toMatchObject({ exitCode: 1, out: '', notes: '', err: expect.stringContaining(`${words}\n`) });

    const messages = [
      { jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: '2025-11-25' } },
      { jsonrpc: '2.0', id: 2, method: 'tools/call', params: { name: 'add' } },
    ];
    const input = messages.map((message) => `${JSON.stringify(message)}\n`).join('');
    const [stdout, stderr] = [new PassThrough({ encoding: 'utf8' }), new PassThrough({ encoding: 'utf8' })];
    const terminal = { stdin: Readable.from([Buffer.from(input)]), stdout, stderr, environment };
    await connect(href, { signIn: false, profile: 'work' }, terminal as unknown as Terminal);
    const lines = String(stdout.read()).trim().split('\n');
    const answers = lines.map((line) => JSON.parse(line) as { id: number });
    expect(answers.find(({ id }) => id === 2)).toMatchObject({
      error: { message: expect.stringContaining(words), data: { reason: 'scope_missing' } },
    });
    expect(String(stderr.read())).not.toContain('Signing in');
  });
});
