import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from 'selfsigned';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { protectServer } from './testing/protect-server.js';
import { createRecordingBrowser } from './testing/recording-browser.js';
import { answerJson, type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

let server: ScriptedServer;
let directory: string;
let environment: Record<string, string>;

const SECRETS = {
  clientSecret: 'canary-client-secret',
  accessToken: 'canary-access-token',
  refreshToken: 'canary-refresh-token',
  header: 'canary-header',
  inFile: 'canary-in-file',
  storeKey: 'ca'.repeat(32),
};

beforeEach(async () => {
  server = await startScriptedServer();
  directory = mkdtempSync(join(tmpdir(), 'portcullis-client-'));
  environment = {
    PORTCULLIS_HOME: join(directory, 'home'),
    PORTCULLIS_STORE_KEY: SECRETS.storeKey,
    PORTCULLIS_CLIENT_SECRET: SECRETS.clientSecret,
    PORTCULLIS_DEBUG: '1',
    MY_KEY: SECRETS.header,
    my_key: SECRETS.header,
    PATH: '/usr/bin:/bin',
  };
  writeFileSync(join(directory, 'headers'), `X-Other-Key: ${SECRETS.inFile}\n`, { mode: 0o600 });
});

afterEach(() => server.close());

const portcullis = (...args: string[]): Promise<RunResult> => run(args, { environment });
const secretsIn = (...texts: string[]): string[] =>
  Object.entries(SECRETS).flatMap(([name, secret]) => (texts.join('\n').includes(secret) ? [name] : []));

function protect(): void {
  const { accessToken, refreshToken, clientSecret } = SECRETS;
  protectServer(server, { clientSecret, tokens: { access_token: accessToken, refresh_token: refreshToken } });
}

const withHeaders = (): string[] => [
  '--header',
  `X-Key: \${MY_KEY}`,
  '--header-file',
  join(directory, 'headers'),
  '--client-id',
  'one',
];

describe('secrets', () => {
  it('CX-08 are seen in no output, and by no browser', async () => {
    protect();
    const { href } = server.url;
    const browser = createRecordingBrowser();
    const called = await portcullis('call', href, 'add', ...withHeaders(), '--open-command', browser.openCommand);
    expect(called).toMatchObject({ exitCode: 0, out: 'did add\n' });
    // They were all in use.
    const last = server.requests('tools/call')[0]?.headers;
    expect(last).toMatchObject({
      'x-key': SECRETS.header,
      'x-other-key': SECRETS.inFile,
      authorization: `Bearer ${SECRETS.accessToken}`,
    });
    const redeemed = new URLSearchParams(server.seen.find(({ body }) => body.includes('the-code'))?.body);
    expect(redeemed.get('client_secret')).toBe(SECRETS.clientSecret);

    const status = await portcullis('status', href, '--json');
    const version = await portcullis('--version');
    const help = await portcullis('help', 'connect');
    const texts = [called, status, version, help].flatMap(({ out, notes, err }) => [out, notes, err]);
    expect(secretsIn(...texts)).toEqual([]);
    const verifier = redeemed.get('code_verifier') ?? 'none';
    expect(texts.join('\n')).not.toContain(verifier);
    // What `ps` shows of the browser, and what lies in its memory when it is dumped.
    expect(secretsIn(browser.record())).toEqual([]);
    expect(browser.record()).not.toContain(verifier);
    expect(browser.record()).toContain('/usr/bin:/bin');
    expect(browser.record()).not.toMatch(/PORTCULLIS_|MY_KEY/i);
  });

  it('CX-08 are in no error and no stack of one, whatever a server sends back', async () => {
    protect();
    const { href } = server.url;
    const signedIn = await portcullis(
      'login',
      href,
      '--client-id',
      'one',
      '--open-command',
      createRecordingBrowser().openCommand,
    );
    expect(signedIn.exitCode).toBe(0);
    const rest = server.script;
    const mirror = (body: string, response: Parameters<typeof rest>[1], status: number): void =>
      answerJson(response, { error: 'invalid_grant', error_description: `${body} ${JSON.stringify(SECRETS)}` }, status);
    const ways: [path: string, answer: (body: string, response: Parameters<typeof rest>[1]) => void][] = [
      ['/token', (body, response) => mirror(body, response, 400)],
      ['/token', (body, response) => mirror(body, response, 500)],
      ['/token', (_body, response) => void response.end(`{"access_token":"${SECRETS.accessToken}`)],
      ['/token', (_body, response) => answerJson(response, { access_token: SECRETS.accessToken, token_type: 'mac' })],
      ['/token', (_body, response) => void response.destroy()],
      ['/mcp', (body, response) => mirror(body, response, 500)],
      ['/mcp', (_body, response) => void response.writeHead(302, { location: `/?${SECRETS.accessToken}` }).end()],
      ['/mcp', (_body, response) => void response.end(`{"result":"${SECRETS.accessToken}`)],
      ['/mcp', (_body, response) => void response.destroy()],
    ];
    for (const [index, [path, answer]] of ways.entries()) {
      server.script = (request, response) => {
        if ((response.req.url ?? '').split('?')[0] === path) answer(request.body, response);
        else rest(request, response);
      };
      const command =
        path === '/token'
          ? ['login', href, '--client-id', 'one', '--open-command', createRecordingBrowser().openCommand]
          : ['tools', href, ...withHeaders(), '--no-sign-in'];
      const { out, notes, err, exitCode } = await portcullis(...command);
      expect([index, exitCode, secretsIn(out, notes, err)]).toEqual([index, 1, []]);
      // It is the stack of an error that they are not in.
      expect(err).toMatch(/^ +at /m);
    }
  });
});

describe('a server whose certificate nobody trusts', () => {
  it.each([undefined, '0'])('CX-08 is sent nothing, with NODE_TLS_REJECT_UNAUTHORIZED %s', async (setting) => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: '127.0.0.1' }], {
      keyType: 'ec',
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    let requests = 0;
    const host = createServer({ key, cert }, (_request, response) => {
      requests += 1;
      response.writeHead(401).end();
    });
    await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(host.address() as AddressInfo).port}/mcp`;
    vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', setting);
    try {
      for (const command of [
        ['login', url],
        ['tools', url, ...withHeaders()],
        ['call', url, 'add', '--header', `Authorization: \${MY_KEY}`],
        ['token', url, '--client-credentials', '--client-id', 'one'],
      ]) {
        const { out, notes, err, exitCode } = await portcullis(...command);
        expect([command[0], secretsIn(out, notes, err)]).toEqual([command[0], []]);
        expect([command[0], exitCode, out]).toEqual([command[0], 1, '']);
        if (command[0] !== 'token') expect(notes + err).toContain('DEPTH_ZERO_SELF_SIGNED_CERT');
      }
      expect(requests).toBe(0);
    } finally {
      vi.unstubAllEnvs();
      await new Promise((resolve) => host.close(resolve));
    }
  });
});
