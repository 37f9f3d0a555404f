import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser } from '../support/form-browser.js';
import { type FormsOpener, startFormsOpener } from '../support/forms-opener.js';
import { type Gate, RELAXED_LIMITS, runProgram, startGate } from '../support/gate.js';
import { NOTES_SERVER, PROGRAM, ROOT, SERVER_EVERYTHING } from '../support/paths.js';
import { start, until } from '../support/processes.js';

let gate: Gate;
let opener: FormsOpener;
let home: string;
let env: Record<string, string>;

beforeAll(async () => {
  gate = await startGate({
    config: `
upstreams:
  - name: everything
    command: node
    args: [${JSON.stringify(SERVER_EVERYTHING)}, stdio]
  - name: notes
    command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
${RELAXED_LIMITS}`,
  });
  opener = await startFormsOpener(gate.origin, gate);
  home = join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home');
  env = { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: 'ab'.repeat(32) };
});

afterAll(async () => {
  await opener?.close();
  await gate?.stop();
});

const url = (name: 'everything' | 'notes'): string => `${gate.origin}/${name}/mcp`;
const portcullis = (...args: string[]) => runProgram(args, { env });

/** All that the program has kept. */
const kept = (): string =>
  readdirSync(home, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'latin1'))
    .join('\n');

describe('portcullis as a client of a protected server', () => {
  it('has nobody signed in at first, and asks nobody where it is not to', async () => {
    expect(await portcullis('status', url('notes'))).toMatchObject({
      code: 1,
      stderr: `portcullis: nobody is signed in; sign in with: npx portcullis login ${url('notes')}\n`,
    });
    expect(await portcullis('token', url('notes'))).toMatchObject({ code: 1, stdout: '' });
    expect(await portcullis('tools', url('notes'), '--no-sign-in')).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringContaining('--no-sign-in'),
    });
    expect(opener.opened).toEqual([]);
  });

  it('CX-08 signs in by the browser, says who and where, and shows no token and no secret', async () => {
    for (const name of ['notes', 'everything'] as const) {
      const { code, stdout, stderr } = await portcullis('login', url(name), '--open-command', opener.command);
      expect(stderr).toContain(`Signing in at ${gate.origin}`);
      expect(stderr).toContain(opener.opened.at(-1)?.href);
      expect(stderr).toContain('Waiting for you to sign in, 5 min left');
      expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringMatching(/^Signed in\./) });
      expect(stdout).toContain(gate.origin);
      expect(stdout).toContain('mcp:tools:execute');
      expect(stdout).toContain(home);
      expect(stdout).toContain('Encrypted');
      expect(stdout + stderr).not.toMatch(/eyJ|code_verifier/);
    }
    expect(opener.opened).toHaveLength(2);
    // CX-08: a browser outlives the program, and is given none of its secrets.
    expect(opener.variables).toContain('PATH');
    expect([...opener.variables].filter((name) => name.startsWith('PORTCULLIS_'))).toEqual([]);
  });

  it('tells of the sign-in without asking a server', async () => {
    const { code, stdout } = await portcullis('status', url('notes'), '--json');
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      serverUrl: url('notes'),
      profile: 'default',
      signedIn: true,
      issuer: gate.origin,
      resource: url('notes'),
      isRenewable: true,
      tokenType: 'Bearer',
      store: { directory: home, protection: expect.stringMatching(/^Encrypted/) },
    });
    expect((await portcullis('status', url('notes'))).stdout).toMatch(/access token +good for \d+ min/);
    expect((await portcullis('status', url('notes'), '--profile', 'work')).code).toBe(1);
  });

  it('prints the token alone, which is for that server', async () => {
    const { code, stdout, stderr } = await portcullis('token', url('notes'));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/^[\w.-]+\n$/);
    const claims = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString());
    expect(claims).toMatchObject({ iss: gate.origin, aud: url('notes') });
    expect(kept()).not.toContain(stdout.trim());
  });

  it('lists tools and calls them', async () => {
    const tools = await portcullis('tools', url('notes'));
    expect(tools).toMatchObject({ code: 0, stderr: '' });
    expect(tools.stdout).toContain('add_note(name, note)\n    Keeps a note under a name\n');
    const listed = JSON.parse((await portcullis('tools', url('everything'), '--json')).stdout) as { name: string }[];
    expect(listed.map(({ name }) => name)).toContain('echo');

    const echo = await portcullis('call', url('everything'), 'echo', '{"message":"round \\u001b[31mtrip"}');
    expect(echo).toEqual({ code: 0, stdout: 'Echo: round [31mtrip\n', stderr: '' });
    const input = { env, input: '{"message":"piped"}' };
    const piped = await runProgram(['call', url('everything'), 'echo', '-', '--json'], input);
    expect(JSON.parse(piped.stdout)).toEqual({ content: [{ type: 'text', text: 'Echo: piped' }] });
    const failed = await portcullis('call', url('everything'), 'echo', '{"message":7}');
    expect(failed.code).toBe(1);
    expect((await portcullis('call', url('everything'), 'echo', '[1]')).code).toBe(2);
  });

  it('CX-05 goes on where the tokens cannot be kept, says so, and leaves those that are as they were', async () => {
    const records = (): string[] =>
      readdirSync(home)
        .filter((name) => name.endsWith('.json'))
        .map((name) => `${name} ${readFileSync(join(home, name), 'utf8')}`);
    const before = records();
    // No file may have anything in it: a disk that is full.
    const args = ['-c', 'ulimit -f 0 && exec "$@"', 'sh', process.execPath, PROGRAM];
    const login = ['login', url('notes'), '--open-command', opener.command];
    const running = start('sh', [...args, ...login], { cwd: ROOT, env: { ...process.env, ...env } });
    expect(await running.exited).toBe(0);
    expect(running.stdout()).toMatch(/^Signed in\./);
    expect(running.stderr()).toContain('could not be saved: it lasts until this program ends');
    expect(running.stderr()).toContain('EFBIG');
    expect(records()).toEqual(before);
    expect((await portcullis('status', url('notes'))).code).toBe(0);
  });

  const stdio = (name: 'everything' | 'notes') => ({
    command: process.execPath,
    args: [PROGRAM, 'connect', url(name), '--no-sign-in'],
    cwd: ROOT,
    env,
    stderr: 'pipe' as const,
  });

  it('bridges the official SDK v1 over stdio', async () => {
    const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
    const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
    const client = new Client({ name: 'v1', version: '1.0.0' });
    await client.connect(new StdioClientTransport(stdio('everything')));
    try {
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain('echo');
      const answers = await Promise.all(
        Array.from({ length: 10 }, (_, index) =>
          client.callTool({ name: 'echo', arguments: { message: String(index) } }),
        ),
      );
      expect(answers.map(({ content }) => content)).toEqual(
        answers.map((_, index) => [{ type: 'text', text: `Echo: ${index}` }]),
      );
      const heard: number[] = [];
      await client.callTool(
        { name: 'trigger-long-running-operation', arguments: { duration: 1, steps: 3 } },
        undefined,
        { onprogress: ({ progress }) => void heard.push(progress) },
      );
      expect(heard.length).toBeGreaterThan(0);
    } finally {
      await client.close();
    }
  });

  it('CX-07 writes JSON-RPC to standard output and nothing else, whatever comes in', async () => {
    const params = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'raw', version: '1' } };
    const lines = [
      JSON.stringify({ jsonrpc: '2.0', id: 'first', method: 'initialize', params }),
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      'garbage',
      '{"jsonrpc":"2.0","id":2,"method":"tools/list"}',
    ];
    const debug = { ...env, PORTCULLIS_DEBUG: '1' };
    const ended = await runProgram(['connect', url('notes')], { env: debug, input: lines.join('\n') });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const messages = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(messages).toHaveLength(3);
    expect(messages).toContainEqual(expect.objectContaining({ id: 'first', result: expect.anything() }));
    expect(messages).toContainEqual(expect.objectContaining({ id: 2, result: expect.anything() }));
    expect(messages).toContainEqual(expect.objectContaining({ id: null, error: expect.anything() }));
    expect(messages.every(({ jsonrpc }) => jsonrpc === '2.0')).toBe(true);
  });

  it.each([
    ['2025-11-25', 'legacy', { supportedProtocolVersions: ['2025-11-25'] }],
    ['2025-06-18', 'legacy', { supportedProtocolVersions: ['2025-06-18'] }],
    ['2026-07-28', 'modern', { versionNegotiation: { mode: { pin: '2026-07-28' } } }],
    ['2026-07-28 of its own accord', 'modern', { versionNegotiation: { mode: 'auto' as const } }],
  ])('bridges the official SDK v2 over stdio on %s', async (_revision, era, options) => {
    const { Client } = await import('@modelcontextprotocol/client');
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    const client = new Client({ name: 'v2', version: '1.0.0' }, options);
    await client.connect(new StdioClientTransport(stdio('notes')));
    try {
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('add_note');
      const { content } = await client.callTool({ name: 'era', arguments: {} });
      expect(content).toEqual([{ type: 'text', text: era }]);
      const name = 'ü–漢';
      const kept = await client.callTool({ name: 'add_note', arguments: { name, note: 'x' } });
      expect(kept.content).toEqual([{ type: 'text', text: `Kept "${name}".` }]);
      expect((await client.readResource({ uri: 'notes://welcome' })).contents).toHaveLength(1);
    } finally {
      await client.close();
    }
  });

  it('bridges SDK v2 to a server of before 2026-07-28, which it finds out by itself', async () => {
    const { Client } = await import('@modelcontextprotocol/client');
    const { StdioClientTransport } = await import('@modelcontextprotocol/client/stdio');
    const client = new Client({ name: 'v2', version: '1.0.0' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StdioClientTransport(stdio('everything')));
    try {
      expect(client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
      expect((await client.listTools()).tools.map(({ name }) => name)).toContain('echo');
    } finally {
      await client.close();
    }
  });

  it('signs in on a machine without a browser, by the address that another one ended at', async () => {
    const args = [PROGRAM, 'login', url('notes'), '--profile', 'pasted', '--paste', '--json'];
    const running = start(process.execPath, args, { cwd: ROOT, env: { ...process.env, ...env } });
    const address = await until(
      'the address to open',
      () => /^http:\S+\/authorize\S+(?=\n)/m.exec(running.stderr())?.[0],
    );
    const ended = await authorizeByForms(new FormBrowser(gate.origin), address, gate);
    running.child.stdin?.write(`what?\n${ended.href}\n`);
    expect(await running.exited).toBe(0);
    expect(JSON.parse(running.stdout())).toMatchObject({ profile: 'pasted', signedIn: true });
    expect(running.stderr()).toContain('That is not the address');
    expect(running.stdout()).not.toContain('eyJ');
  });

  it('signs out, and the tokens are over at the server too', async () => {
    const accessToken = (await portcullis('token', url('notes'))).stdout.trim();
    const ask = () =>
      fetch(url('notes'), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${accessToken}`,
          'content-type': 'application/json',
          accept: 'application/json, text/event-stream',
        },
        body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      }).then(({ status }) => status);
    expect(await ask()).not.toBe(401);
    expect(await portcullis('logout', url('notes'))).toEqual({
      code: 0,
      stdout: 'Signed out. The authorization server has ended the tokens.\n',
      stderr: '',
    });
    await until('the token to be refused', async () => ((await ask()) === 401 ? true : undefined));
    expect((await portcullis('token', url('notes'))).code).toBe(1);
    expect((await portcullis('logout', url('notes'))).stdout).toBe('Nobody was signed in.\n');
    // Other accounts and other servers are not touched.
    expect((await portcullis('token', url('notes'), '--profile', 'pasted')).code).toBe(0);
    expect((await portcullis('token', url('everything'))).code).toBe(0);
  });
});
