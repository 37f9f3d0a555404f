import { existsSync, mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizedClient } from '../support/authorized.js';
import { startBrowser } from '../support/browser.js';
import { type Gate, runProgram, startGate, TEST_PASSWORD } from '../support/gate.js';
import { initializeRequest, postMcp } from '../support/oauth.js';
import { ROOT, SERVER_EVERYTHING } from '../support/paths.js';
import { freePort, start, until } from '../support/processes.js';
import { rawRequest, statusesOf } from '../support/raw-request.js';

const dataDir = join(mkdtempSync(join(tmpdir(), 'portcullis-first-')), '.portcullis');
const command = ['--', process.execPath, SERVER_EVERYTHING, 'stdio'];
let browser: Browser;
let gate: Gate;
let port: number;

beforeAll(async () => {
  browser = await startBrowser();
  port = await freePort();
  gate = await startGate({ dataDir, port, args: command });
});

afterAll(async () => {
  await browser?.close();
  await gate?.stop();
});

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

describe('a first start', () => {
  it('tells what to paste, how to sign in, where the data lives and how to stop', () => {
    const said = gate.running.stdout();
    expect(said).toContain(`${gate.origin}/mcp`);
    expect(said).toContain(`claude mcp add --transport http`);
    expect(said).toContain(dataDir);
    expect(said).toMatch(/Ctrl\+C/i);
    expect(said).toContain('first-user');
  });

  it('writes the generated password to a file of its own, and nowhere else, where there is no terminal', () => {
    expect(gate.password.length).toBeGreaterThanOrEqual(16);
    expect(gate.running.stdout() + gate.running.stderr()).not.toContain(gate.password);
  });

  it('keeps its data to itself', () => {
    expect(mode(dataDir)).toBe('700');
    for (const name of readdirSync(dataDir)) expect([name, mode(join(dataDir, name))]).toEqual([name, '600']);
    expect(readdirSync(dataDir)).toContain('master.key');
  });

  it('signs people in, and reuses everything at the second start', async () => {
    const { tokens, client } = await authorizedClient(gate);
    expect((await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest())).status).toBe(200);
    const keys = await (await fetch(`${gate.origin}/jwks`)).text();
    const before = readFileSync(join(dataDir, 'master.key'));

    expect(await gate.stop()).toBe(0);
    gate = await startGate({ dataDir, port, args: command });
    expect(readFileSync(join(dataDir, 'master.key'))).toEqual(before);
    expect(await (await fetch(`${gate.origin}/jwks`)).text()).toBe(keys);
    expect(gate.running.stdout()).not.toMatch(/password:/i);
    expect((await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest())).status).toBe(200);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
  });

  it('forgets the file of the first password when that password opens nothing any more', async () => {
    const file = join(dataDir, 'first-user.txt');
    expect(existsSync(file)).toBe(true);
    const args = ['users', 'reset-password', gate.username, '--password-stdin', '--data-dir', dataDir];
    expect((await runProgram(args, { input: `${TEST_PASSWORD}\n` })).code).toBe(0);
    expect(existsSync(file)).toBe(false);
    const removed = await runProgram(['users', 'remove', gate.username, '--data-dir', dataDir]);
    expect(removed.stdout).toContain('Nobody can sign in now');
  });

  it('leads a person who typed another name of this computer to the right address, and refuses everybody else', async () => {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${port}/mcp`);
    expect(page.url()).toBe(`${gate.origin}/mcp`);
    await page.close();
    const host = `localhost:${port}`;
    const machine = `GET /mcp HTTP/1.1\r\nHost: ${host}\r\nAccept: text/event-stream\r\nConnection: close\r\n\r\n`;
    expect(statusesOf(await rawRequest(port, machine))).toEqual([403]);
    const rebound = `GET /mcp HTTP/1.1\r\nHost: evil.test:${port}\r\nAccept: text/html\r\nConnection: close\r\n\r\n`;
    expect(statusesOf(await rawRequest(port, rebound))).toEqual([403]);
  });

  it('shows people a page at the MCP address, and machines a challenge', async () => {
    const page = await browser.newPage();
    const response = await page.goto(`${gate.origin}/mcp`);
    expect(response?.headers()['content-type']).toContain('text/html');
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1);
    expect(await page.textContent('body')).toContain(`${gate.origin}/mcp`);
    await page.close();
    const machine = await fetch(`${gate.origin}/mcp`, { headers: { accept: 'text/event-stream' } });
    expect(machine.status).toBe(401);
    expect(machine.headers.get('www-authenticate')).toContain('resource_metadata=');
  });

  it('serves the metadata of RFC 9728, RFC 8414 and OIDC discovery', async () => {
    const json = async (path: string): Promise<Record<string, unknown>> =>
      (await fetch(gate.origin + path)).json() as never;
    const resource = await json('/.well-known/oauth-protected-resource/mcp');
    expect(resource).toEqual(await json('/.well-known/oauth-protected-resource'));
    expect(resource).toMatchObject({ resource: `${gate.origin}/mcp`, authorization_servers: [gate.origin] });
    for (const path of ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration']) {
      expect(await json(path)).toMatchObject({
        issuer: gate.origin,
        authorization_endpoint: `${gate.origin}/authorize`,
        token_endpoint: `${gate.origin}/token`,
        registration_endpoint: `${gate.origin}/register`,
        jwks_uri: `${gate.origin}/jwks`,
        response_types_supported: ['code'],
        code_challenge_methods_supported: ['S256'],
        authorization_response_iss_parameter_supported: true,
      });
    }
  });

  it('says, started again with another algorithm and public URL, until when the one signs and that the other was served', async () => {
    expect(await gate.stop()).toBe(0);
    const saidOfUrl = () => gate.log().flatMap(({ msg }) => (String(msg).includes('last served as') ? [msg] : []));
    // It was started twice by now.
    expect(saidOfUrl()).toEqual([]);
    const publicUrl = `http://localhost:${port}`;
    const config = `publicUrl: ${publicUrl}\nsigning: {algorithm: RS256}\nupstreams: [{url: http://127.0.0.1:9/mcp}]\n`;
    gate = await startGate({ dataDir, port, config });
    const said = () => gate.log().find(({ msg }) => String(msg).startsWith('RS256 is configured'))?.['msg'];
    expect(await until('the gate to say so', said)).toMatch(/; ES256 signs until [\d-]{10} [\d:]{5} UTC\.$/);
    const words = `last served as ${gate.origin}: tokens and codes from there are not good for ${publicUrl},`;
    expect(saidOfUrl()).toEqual([expect.stringContaining(words)]);
  });
});

describe('npm start', () => {
  it('opens the gate in front of the example server and hands it the options after --', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-npm-'));
    const other = await freePort();
    const script = join(ROOT, 'scripts/start.mjs');
    const running = start(process.execPath, [script, '--port', String(other)], { cwd: folder });
    await until('the gate', () => (running.stdout().includes(`http://127.0.0.1:${other}/mcp`) ? true : undefined));
    expect((await fetch(`http://127.0.0.1:${other}/readyz`)).status).toBe(200);
    expect(existsSync(join(folder, '.portcullis/portcullis.db'))).toBe(true);
    expect(await running.stop('SIGINT')).toBe(0);
  });
});
