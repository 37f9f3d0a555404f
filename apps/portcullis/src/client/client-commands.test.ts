import { chmodSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type RunResult, run } from '../cli/testing/run-program.js';
import { protectServer } from './testing/protect-server.js';
import { answerJson, type ScriptedServer, startScriptedServer } from './testing/scripted-server.js';

let server: ScriptedServer;
let directory: string;

beforeEach(async () => {
  server = await startScriptedServer();
  directory = mkdtempSync(join(tmpdir(), 'portcullis-client-'));
});

afterEach(() => {
  vi.useRealTimers();
  return server.close();
});

function portcullis(args: readonly string[], environment: Record<string, string> = {}): Promise<RunResult> {
  const surroundings = {
    PORTCULLIS_HOME: join(directory, 'home'),
    PORTCULLIS_STORE_KEY: '0'.repeat(64),
    ...environment,
  };
  return run(args, { environment: surroundings });
}

const PUT_ASIDE = /^What was kept for this server could not be read; it was put aside as .*[0-9a-f]{64}\.corrupt-\d+\n/;

describe('a machine', () => {
  it('signs in, calls and prints its token, with a secret that no argument holds', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const file = join(directory, 'secret');
    writeFileSync(file, 'its-secret\n', { mode: 0o600 });
    const { href } = server.url;
    const machine = ['--client-credentials', '--client-id', 'nightly', '--client-secret-file', file];
    expect(await portcullis(['token', href, ...machine])).toMatchObject({ out: 'at-1\n', err: '', exitCode: 0 });
    expect(await portcullis(['tools', href, ...machine])).toMatchObject({ out: 'add()\n', exitCode: 0 });
    expect(await portcullis(['call', href, 'add', ...machine])).toMatchObject({ out: 'did add\n', exitCode: 0 });
    expect(await portcullis(['call', href, 'fail', ...machine])).toMatchObject({
      out: 'did fail\n',
      err: 'portcullis: the tool says that it failed\n',
      exitCode: 1,
    });
    expect(await portcullis(['status', href])).toMatchObject({ exitCode: 0, out: expect.stringContaining('nightly') });
    expect(await portcullis(['logout', href])).toMatchObject({
      exitCode: 0,
      out: expect.stringMatching(/^Signed out/),
    });
  });

  it('calls a tool of 2026-07-28 with the headers that its schema marks, and lists where it has to', async () => {
    const region = { type: 'string', 'x-mcp-header': 'Region' };
    server.script = ({ message: { id, method, params = {} }, headers }, response) => {
      const answer = (more: object, status = 200) => answerJson(response, { jsonrpc: '2.0', id, ...more }, status);
      if (method === 'initialize') return answer({ error: { code: -32022, message: 'Unsupported' } }, 400);
      const tools = [
        { name: 'query', inputSchema: { properties: { region } } },
        { name: 'bad', inputSchema: { allOf: [region] } },
      ];
      if (method !== 'tools/call') return answer({ result: { tools } });
      const isRight = params['name'] === 'plain' || headers['mcp-param-region'] === '=?base64?w6Q=?=';
      if (isRight) return answer({ result: { content: [{ type: 'text', text: 'done' }] } });
      answer({ error: { code: -32020, message: 'Header mismatch' } }, 400);
    };
    const { href } = server.url;
    const called = () => server.seen.splice(0).map(({ message }) => message.method);
    expect(await portcullis(['call', href, 'query', '{"region":"ä"}'])).toMatchObject({ out: 'done\n', exitCode: 0 });
    expect(called().slice(2)).toEqual(['tools/call', 'tools/list', 'tools/call']);
    expect(await portcullis(['call', href, 'plain'])).toMatchObject({ out: 'done\n', exitCode: 0 });
    expect(called().slice(2)).toEqual(['tools/call']);
    const listed = await portcullis(['tools', href]);
    expect(listed).toMatchObject({ out: 'query(region?)\n', exitCode: 0 });
    expect(listed.notes).toContain('The tool bad was left out of the list');
  });

  it('is told that its sign-in has ended, where nothing renews it', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const { href } = server.url;
    const args = ['login', href, '--client-credentials', '--client-id', 'nightly'];
    expect(await portcullis(args, { PORTCULLIS_CLIENT_SECRET: 'its-secret' })).toMatchObject({ exitCode: 0 });
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + 601_000 });
    const [told, json] = [await portcullis(['status', href]), await portcullis(['status', href, '--json'])];
    expect(told).toMatchObject({
      exitCode: 1,
      out: expect.stringMatching(/access token +ended at/),
      err: expect.stringContaining('the sign-in has ended; sign in with'),
    });
    expect(json.exitCode).toBe(1);
    expect(JSON.parse(json.out)).toMatchObject({ signedIn: false, issuer: server.url.origin, isRenewable: false });
  });

  it('CX-08 is told of a secret that is wrong without it', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const args = ['token', server.url.href, '--client-credentials', '--client-id', 'nightly'];
    const failed = await portcullis(args, { PORTCULLIS_CLIENT_SECRET: 'not-its-secret' });
    expect(failed).toMatchObject({ exitCode: 1, out: '' });
    expect(failed.err + failed.notes).not.toContain('not-its-secret');
    expect(await portcullis(args)).toMatchObject({
      exitCode: 2,
      err: expect.stringContaining('needs a client secret'),
    });
  });
});

describe('--issuer', () => {
  it.each([
    ['that names another one', true],
    ['of 2025-03-26, which names none', false],
  ])('CL-06 is not left for the authorization server of a server %s', async (_what, namesOne) => {
    protectServer(server, { clientSecret: 'its-secret' });
    const paths: string[] = [];
    const { script } = server;
    server.script = (request, response) => {
      const path = response.req.url ?? '';
      paths.push(path);
      if (namesOne) return script(request, response);
      return void response.writeHead(path.startsWith('/.well-known/') ? 404 : 401).end();
    };
    const args = ['--client-credentials', '--client-id', 'nightly', '--issuer', 'https://as.example'];
    const failed = await portcullis(['login', server.url.href, ...args], { PORTCULLIS_CLIENT_SECRET: 'its-secret' });
    expect(failed).toMatchObject({ exitCode: 1, out: '', err: expect.stringContaining('--issuer') });
    expect(paths).not.toContain('/token');
  });
});

describe('a sign-in that is kept under another key', () => {
  it('is left as it is, named in words, replaced by login and deleted by logout alone', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const { href, origin } = server.url;
    const machine = ['--client-credentials', '--client-id', 'nightly', '--issuer', origin];
    const under = (key: string, ...args: string[]) =>
      portcullis(args, { PORTCULLIS_STORE_KEY: key.repeat(64), PORTCULLIS_CLIENT_SECRET: 'its-secret' });
    expect(await under('1', 'login', href, ...machine)).toMatchObject({ exitCode: 0 });
    for (const args of [
      ['status', href],
      ['token', href, ...machine],
    ]) {
      expect(await under('2', ...args)).toMatchObject({
        exitCode: 1,
        out: '',
        err: expect.stringContaining('another PORTCULLIS_STORE_KEY than the one that is set'),
      });
    }
    expect(await under('1', 'status', href)).toMatchObject({ exitCode: 0 });
    // Which authorization server has the secret is not to be read either: the server's word does not count.
    const unnamed = await under('2', 'login', href, '--client-credentials', '--client-id', 'nightly');
    expect(unnamed).toMatchObject({ exitCode: 1, err: expect.stringContaining('Give the issuer') });
    expect(await under('2', 'login', href, ...machine)).toMatchObject({ exitCode: 0 });
    expect(await under('2', 'status', href)).toMatchObject({ exitCode: 0 });
    expect(await under('1', 'status', href)).toMatchObject({ exitCode: 1 });
    // Whoever signs out is not kept signed in by a key that is missing.
    expect(await under('1', 'logout', href)).toMatchObject({
      exitCode: 0,
      out: expect.stringContaining('by themselves'),
    });
    expect(await under('2', 'status', href)).toMatchObject({ exitCode: 1, err: expect.stringContaining('nobody is') });
  });
});

describe('a person with another device', () => {
  it('is shown a code, and is signed in when it was entered', async () => {
    protectServer(server);
    const { origin } = server.url;
    const rest = server.script;
    let polls = 0;
    let isAway = false;
    server.script = (request, response) => {
      const path = response.req.url ?? '';
      const form = new URLSearchParams(request.body);
      if (path.startsWith('/.well-known/oauth-authorization-server')) {
        return answerJson(response, {
          issuer: origin,
          authorization_endpoint: `${origin}/authorize`,
          token_endpoint: `${origin}/token`,
          registration_endpoint: `${origin}/register`,
          device_authorization_endpoint: `${origin}/device`,
        });
      }
      if (path === '/register') return answerJson(response, { client_id: 'registered' }, 201);
      if (path === '/device') {
        const device = { device_code: 'dc', user_code: 'ABCD-EFGH', verification_uri: `${origin}/enter` };
        return answerJson(response, { ...device, expires_in: 60, interval: 1 });
      }
      if (path !== '/token') return rest(request, response);
      polls += 1;
      if (form.get('device_code') !== 'dc' || polls === 1 || isAway) {
        return answerJson(response, { error: 'authorization_pending' }, 400);
      }
      answerJson(response, { access_token: 'at-1', token_type: 'Bearer', expires_in: 600 });
    };
    const signedIn = await portcullis(['login', server.url.href, '--device', '--json']);
    expect(signedIn).toMatchObject({ exitCode: 0, err: '' });
    expect(signedIn.notes).toContain('ABCD-EFGH');
    expect(signedIn.notes).toContain(`open ${origin}/enter`);
    expect(JSON.parse(signedIn.out)).toMatchObject({ signedIn: true, clientId: 'registered' });
    expect(signedIn.out + signedIn.notes).not.toMatch(/at-1|\bdc\b/);
    isAway = true;
    expect(await portcullis(['login', server.url.href, '--device', '--timeout', '1'])).toMatchObject({
      exitCode: 1,
      err: 'portcullis: Nobody entered the code in time. Sign in again.\n',
    });
  });
});

describe('the commands', () => {
  it.each([
    ['of plain http', 'http://mcp.example/mcp', 'is not https'],
    ['with a password', 'https://user:secret@mcp.example/mcp', 'has a user or password in it'],
    ['with a fragment', 'https://mcp.example/mcp#x', 'has a fragment'],
    ['without a scheme', 'mcp.example', 'named by its URL'],
    ['that is a file', 'file:///etc/passwd', 'is not https'],
    ['that is a path', '../../.ssh/authorized_keys', 'named by its URL'],
    ['that is an absolute path', '/etc/passwd', 'named by its URL'],
    ['that is a device', 'CON', 'named by its URL'],
    ['with a NUL', 'https://mcp.example/a\u0000b', 'named by its URL'],
    ['of any length', `https://mcp.example/${'x'.repeat(5000)}`, 'too long'],
  ])('CX-06 CX-08 refuse a server %s before anything is asked or kept', async (_which, url, words) => {
    for (const command of ['login', 'logout', 'status', 'token', 'connect', 'tools']) {
      const refused = await portcullis([command, url]);
      expect(refused).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(words) });
      expect(refused.err).not.toContain('secret');
    }
    expect(readdirSync(directory)).toEqual([]);
  });

  it('CX-06 keep every profile inside the store', async () => {
    const before = readdirSync(directory);
    for (const profile of ['../../x', '/etc/x', 'CON', 'a\u0000b', 'x'.repeat(4096)]) {
      const status = await portcullis(['status', server.url.href, '--profile', profile]);
      expect(status.exitCode).toBe(1);
    }
    expect(readdirSync(directory)).toEqual(before);
  });

  it('CX-04 keep nothing in a store that is not safe, send no secret, and end', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const elsewhere = join(directory, 'elsewhere');
    mkdirSync(elsewhere, { mode: 0o700 });
    symlinkSync(elsewhere, join(directory, 'link'));
    mkdirSync(join(directory, 'open'));
    chmodSync(join(directory, 'open'), 0o777);
    const machine = ['--client-credentials', '--client-id', 'nightly'];
    for (const place of ['link', join('link', 'store'), 'open']) {
      for (const command of ['login', 'token', 'tools', 'status', 'logout']) {
        const refused = await portcullis([command, server.url.href, ...(command === 'status' ? [] : machine)], {
          PORTCULLIS_HOME: join(directory, place),
          PORTCULLIS_CLIENT_SECRET: 'its-secret',
        });
        const ended = { exitCode: 1, out: '', err: expect.stringContaining('Nothing is kept in the store') };
        expect([place, command, refused]).toEqual([place, command, expect.objectContaining(ended)]);
      }
    }
    expect([...readdirSync(elsewhere), ...readdirSync(join(directory, 'open'))]).toEqual([]);
    expect(server.seen.some(({ body }) => body.includes('its-secret'))).toBe(false);
  });

  it('CX-05 offer a new sign-in where what was kept is damaged, and keep that aside', async () => {
    protectServer(server, { clientSecret: 'its-secret' });
    const args = ['token', server.url.href, '--client-credentials', '--client-id', 'nightly'];
    const secret = { PORTCULLIS_CLIENT_SECRET: 'its-secret' };
    expect((await portcullis(args, secret)).exitCode).toBe(0);
    const home = join(directory, 'home');
    const records = (): string[] => readdirSync(home).filter((name) => name.endsWith('.json'));
    for (const name of records()) truncateSync(join(home, name), 20);
    expect(await portcullis(['status', server.url.href])).toMatchObject({
      exitCode: 1,
      err: expect.stringMatching(/nobody is signed in; sign in with: .* login http/),
      notes: expect.stringMatching(PUT_ASIDE),
    });
    // Whoever looks later learns of it too, until it is replaced.
    expect(await portcullis(['status', server.url.href])).toMatchObject({
      exitCode: 1,
      notes: expect.stringMatching(PUT_ASIDE),
    });
    expect(readdirSync(home).filter((name) => /^[0-9a-f]{64}\.corrupt-\d+$/.test(name))).not.toEqual([]);
    expect(await portcullis(args, secret)).toMatchObject({ exitCode: 0, out: 'at-1\n' });
    expect(await portcullis(['status', server.url.href])).toMatchObject({ exitCode: 0, notes: '' });

    for (const name of records()) truncateSync(join(home, name), 20);
    const left = await portcullis(['logout', server.url.href]);
    expect(left).toMatchObject({ exitCode: 0, out: 'Nobody was signed in.\n' });
    expect(left.notes).toMatch(/corrupt-\d+ is deleted\. It could not be read.*end by themselves\.\n$/);
    expect(await portcullis(['status', server.url.href])).toMatchObject({ exitCode: 1, notes: '' });
  });

  it('say that a server asks for no sign-in', async () => {
    server.script = ({ method }, response) => void response.writeHead(method === 'POST' ? 200 : 404).end();
    expect(await portcullis(['login', server.url.href])).toMatchObject({
      exitCode: 1,
      err: `portcullis: ${server.url.href} asks for no sign-in, and names nowhere to sign in\n`,
    });
  });

  it('say of a server that does not do what it is asked that later will be no better', async () => {
    server.script = (_request, response) => void response.writeHead(501).end();
    const refused = await portcullis(['login', server.url.href]);
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('HTTP 501. Check that the URL') });
    protectServer(server, { clientSecret: 'its-secret' });
    const rest = server.script;
    server.script = (request, response) =>
      response.req.url === '/token' ? void response.writeHead(501).end() : rest(request, response);
    const machine = ['--client-credentials', '--client-id', 'nightly'];
    const failed = await portcullis(['token', server.url.href, ...machine], { PORTCULLIS_CLIENT_SECRET: 's' });
    expect(failed).toMatchObject({ exitCode: 1, err: expect.stringContaining('does not do what was asked') });
    expect(failed.err).not.toContain('later');
  });

  it('say that a server does not answer', async () => {
    const { href } = server.url;
    await server.close();
    expect(await portcullis(['login', href])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('cannot be reached'),
    });
    expect(await portcullis(['tools', href])).toMatchObject({
      exitCode: 1,
      err: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it.each([
    [['login', 'URL', '--client-secret-file', 'x'], '--client-secret-file needs --client-id'],
    [['login', 'URL', '--client-id', 'a', '--client-metadata-url', 'https://c.example/x'], 'exclude each other'],
    [
      ['login', 'URL', '--client-metadata-url', 'http://c.example/x'],
      '--client-metadata-url: "http://c.example/x" is no',
    ],
    [['token', 'URL', '--client-metadata-url', 'https://c.example'], 'it has no path'],
    [['login', 'URL', '--client-id', 'a', '--client-secret-file', '/nowhere'], 'cannot be read'],
    [['login', 'URL', '--port', '0'], 'a port is a number'],
    [['login', 'URL', '--host', '0.0.0.0'], 'Allowed choices are 127.0.0.1, localhost'],
    [['login', 'URL', '--timeout', '0'], 'a time is a number'],
    [['login', 'URL', '--open-command', '"x'], 'a quote does not end'],
    [['tools', 'URL', '--header', 'Authorization: Bearer x'], 'would be seen in the process list'],
    [['call', 'URL', 'add', '{'], 'the arguments are no JSON'],
    [['call', 'URL', 'add', '[]'], 'one JSON object'],
  ])('refuse %j', async (args, words) => {
    server.script = (_request, response) => void response.writeHead(401).end();
    const refused = await portcullis(args.map((word) => (word === 'URL' ? server.url.href : word)));
    expect(refused).toMatchObject({ exitCode: 2, out: '', err: expect.stringContaining(words) });
  });

  it('send headers of one’s own in place of a sign-in', async () => {
    protectServer(server);
    const args = ['tools', server.url.href, '--header', `Authorization: Bearer \${MY_TOKEN}`];
    expect(await portcullis(args, { MY_TOKEN: 'at-1' })).toMatchObject({ out: 'add()\n', exitCode: 0 });
    const refused = await portcullis(args, { MY_TOKEN: 'sk-wrong' });
    expect(refused).toMatchObject({ exitCode: 1, err: expect.stringContaining('HTTP 401') });
    expect(refused.err + refused.notes).not.toContain('sk-wrong');
    expect(server.seen.every(({ body }) => !body.includes('client_id'))).toBe(true);
  });
});
