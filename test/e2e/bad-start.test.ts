import { chmodSync, existsSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runProgram, startGate } from '../support/gate.js';
import { freePort } from '../support/processes.js';

const folder = (): string => mkdtempSync(join(tmpdir(), 'portcullis-bad-'));

/** Runs a gate that has to stop at start, and answers what it said. */
async function refused(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: unknown; said: string }> {
  const { code, stdout, stderr } = await runProgram(['gateway', ...args], { env });
  expect(stdout).toBe('');
  const said = stderr.trim();
  expect(said, 'no stack trace').not.toMatch(/^\s+at /m);
  return { code, said };
}

function config(text: string): string[] {
  const file = join(folder(), 'portcullis.yaml');
  writeFileSync(file, text);
  return ['--config', file, '--data-dir', join(folder(), 'data')];
}

const upstream = ['--upstream', 'http://127.0.0.1:9/mcp'];

describe('a start that cannot be', () => {
  it('without an upstream says how to name one', async () => {
    const { code, said } = await refused(['--data-dir', join(folder(), 'data')]);
    expect(code).toBe(2);
    expect(said).toContain('--upstream');
  });

  it.each([
    ['an unknown key', 'upstreams:\n  - url: http://127.0.0.1:1/mcp\nprot: 1\n', /portcullis\.yaml:3:1.*prot/s],
    ['a wrong type', 'upstreams:\n  - url: http://127.0.0.1:1/mcp\nport: "x"\n', /portcullis\.yaml:3:\d+.*port/s],
    ['a wrong choice', 'upstreams:\n  - url: http://127.0.0.1:1/mcp\nlogLevel: loud\n', /:3:\d+.*logLevel.*"?info"?/s],
    ['a reserved name', 'upstreams:\n  - name: token\n    url: http://127.0.0.1:1/mcp\n', /:2:\d+.*token/s],
    [
      'names that are missing',
      'upstreams:\n  - url: http://127.0.0.1:1/mcp\n  - url: http://127.0.0.1:2/mcp\n',
      /:2:\d+.*name/s,
    ],
    ['broken YAML', 'upstreams: [\n', /portcullis\.yaml:\d+:\d+/],
    [
      'a proxy range that is everyone',
      'upstreams:\n  - url: http://127.0.0.1:1/mcp\ntrustedProxies: [0.0.0.0/0]\n',
      /:3:\d+/,
    ],
    [
      'a dangerous scheme',
      'upstreams:\n  - url: http://127.0.0.1:1/mcp\nallowedRedirectSchemes: [javascript]\n',
      /:3:\d+.*allowedRedirectSchemes/s,
    ],
    [
      'a scope that nothing has',
      'upstreams:\n  - url: http://127.0.0.1:1/mcp\nclients:\n  - {clientId: a, clientName: A, redirectUris: [https://a.test/cb], scopes: [flies]}\n',
      /:4:\d+.*scopes\[0\]: no upstream/s,
    ],
  ])('F-12 with %s names the line', async (_what, text, expected) => {
    const { code, said } = await refused(config(text));
    expect(code).toBe(2);
    expect(said).toMatch(expected);
  });

  it('with a configuration that is not there', async () => {
    const { code, said } = await refused(['--config', '/nonexistent/portcullis.yaml']);
    expect(code).toBe(2);
    expect(said).toContain('/nonexistent/portcullis.yaml');
  });

  it.each([
    ['http on a public host', ['--public-url', 'http://gate.example.com']],
    ['a public URL with a path', ['--public-url', 'https://gate.example.com/gate']],
    ['a bind beyond loopback without --public-url', ['--host', '0.0.0.0']],
  ])('with %s says what to change', async (_what, args) => {
    const { code, said } = await refused([...args, ...upstream, '--data-dir', join(folder(), 'data')]);
    expect(code).toBe(2);
    expect(said).toMatch(/https/);
  });

  it('on a port in use says so in one line', async () => {
    const port = await freePort();
    const squatter = createServer().listen(port, '127.0.0.1');
    const dataDir = join(folder(), 'data');
    const { code, said } = await refused([...upstream, '--port', String(port), '--data-dir', dataDir]);
    squatter.close();
    expect(existsSync(dataDir)).toBe(false);
    expect(code).toBe(1);
    expect(said).toContain(String(port));
    expect(said.split('\n').filter((line) => !line.startsWith('{'))).toHaveLength(1);
  });

  it('CX-04 with a data directory that is a link, or a file', async () => {
    const link = join(folder(), 'link');
    symlinkSync(folder(), link);
    const file = join(folder(), 'file');
    writeFileSync(file, '');
    for (const dataDir of [link, file]) {
      const { code, said } = await refused([...upstream, '--port', String(await freePort()), '--data-dir', dataDir]);
      expect(code).toBe(1);
      expect(said).toContain(dataDir);
    }
  });

  it('CX-04 tightens a data directory that others could read', async () => {
    const dataDir = folder();
    chmodSync(dataDir, 0o777);
    const gate = await startGate({ dataDir, args: upstream });
    const { mode } = await import('node:fs').then(({ statSync }) => statSync(dataDir));
    expect((mode & 0o777).toString(8)).toBe('700');
    await gate.stop();
  });

  it.each([
    ['DATABASE_URL', ''],
    ['DATABASE_URL', 'mysql://gate:canary@127.0.0.1/gate'],
    ['DATABASE_URL', 'postgres://gate:canary@127.0.0.1'],
    ['DATABASE_URL_FILE', '/nonexistent/canary-free'],
    ['DATABASE_MIGRATION_URL', 'postgres://gate:canary@127.0.0.1/gate'],
  ])('F-12 with %s=%s names it, prints no password and falls back to nothing', async (name, value) => {
    const dataDir = join(folder(), 'data');
    const { code, said } = await refused([...upstream, '--data-dir', dataDir], { [name]: value });
    expect(code).toBe(2);
    expect(said).toContain(name);
    expect(said).not.toContain('gate:canary');
    expect(existsSync(dataDir)).toBe(false);
  });

  it('F-12 with a database that is not there says which, in one line and without a password', async () => {
    const env = { DATABASE_URL: `postgres://gate:canary@127.0.0.1:${await freePort()}/gate` };
    const { code, said } = await refused([...upstream, '--data-dir', join(folder(), 'data')], env);
    expect(code).toBe(1);
    expect(said).toMatch(
      /^portcullis: cannot use the database gate at 127\.0\.0\.1:\d+ as gate: nothing listens there$/,
    );
  });

  it('N1 with the switch of tests, only where the gate is reached by loopback, and warns every time', async () => {
    const env = { PORTCULLIS_DANGEROUSLY_ALLOW_LOOPBACK_FETCH: '1' };
    const beyond = ['--public-url', 'https://gate.example.com', ...upstream, '--data-dir', join(folder(), 'data')];
    const { code, said } = await refused(beyond, env);
    expect(code).toBe(2);
    expect(said).toContain('PORTCULLIS_DANGEROUSLY_ALLOW_LOOPBACK_FETCH');
    const gate = await startGate({ args: upstream, env });
    const warned = gate.log().filter(({ level, msg }) => level === 'warn' && String(msg).includes('LOOPBACK_FETCH'));
    expect(warned).toHaveLength(1);
    await gate.stop();
  });

  it('with a master key that is too short names it and prints none of it', async () => {
    const { code, said } = await refused([...upstream, '--data-dir', join(folder(), 'data')], {
      PORTCULLIS_MASTER_KEY: 'c2hvcnQ',
    });
    expect(code).toBe(2);
    expect(said).toContain('PORTCULLIS_MASTER_KEY');
    expect(said).not.toContain('c2hvcnQ');
  });
});

describe('users, from a terminal or a script', () => {
  it('are added, listed, renewed and removed; a password is never an argument', async () => {
    const dataDir = join(folder(), 'data');
    const users = (args: string[], input?: string) =>
      runProgram(['users', ...args, '--data-dir', dataDir], input === undefined ? {} : { input });
    expect(await users(['add', 'alice', '--password-stdin'], 'a long enough password\n')).toMatchObject({ code: 0 });
    expect(await users(['add', 'alice', '--password-stdin'], 'a long enough password\n')).toMatchObject({ code: 1 });
    expect((await users(['add', 'bob', '--password-stdin'], 'short\n')).stderr).toMatch(/12/);
    expect((await users(['add', 'bob', 'hunter2-hunter2'])).code).toBe(2);
    expect((await users(['list'])).stdout).toContain('alice');
    expect(JSON.parse((await users(['list', '--json'])).stdout)).toHaveLength(1);
    expect(await users(['reset-password', 'alice', '--password-stdin'], 'another long password\n')).toMatchObject({
      code: 0,
    });
    expect(await users(['remove', 'alice'])).toMatchObject({ code: 0 });
    expect(await users(['remove', 'alice'])).toMatchObject({ code: 1 });
    expect((await users(['add', 'carol'])).code).not.toBe(0);
  });
});

describe('help', () => {
  it('teaches by example', async () => {
    const { code, stdout } = await runProgram(['gateway', '--help']);
    expect(code).toBe(0);
    expect(stdout).toContain('portcullis gateway --upstream');
    expect(stdout).toContain('portcullis gateway -- ');
    expect((await runProgram(['--version'])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+/);
    expect((await runProgram(['gatewy'])).code).toBe(2);
  });
});
