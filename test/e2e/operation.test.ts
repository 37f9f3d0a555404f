import { request as httpsRequest } from 'node:https';
import { connect } from 'node:net';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { authorizedClient } from '../support/authorized.js';
import { signIn, startBrowser } from '../support/browser.js';
import { selfSignedCertificate } from '../support/certificate.js';
import { runProgram, startGate, TEST_PASSWORD } from '../support/gate.js';
import { initializeRequest, jsonRpcOf, postMcp, registerClient } from '../support/oauth.js';
import { NOTES_SERVER } from '../support/paths.js';
import { freePort, until } from '../support/processes.js';

let browser: Browser;

beforeAll(async () => {
  browser = await startBrowser();
});

afterAll(async () => {
  await browser?.close();
});

const notes = `
upstreams:
  - command: node
    args: [${JSON.stringify(NOTES_SERVER)}, stdio]
`;

describe('the end', () => {
  it('F-10 SIGTERM lets a call in progress finish, closes a standing stream, takes nothing new, and exits with 0', async () => {
    const gate = await startGate({ config: notes });
    const { tokens } = await authorizedClient(gate);
    const url = `${gate.origin}/mcp`;
    const opened = await postMcp(url, tokens.access_token, initializeRequest());
    await jsonRpcOf(opened);
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    await postMcp(url, tokens.access_token, { jsonrpc: '2.0', method: 'notifications/initialized' }, session);
    const stream = await fetch(url, {
      headers: { accept: 'text/event-stream', authorization: `Bearer ${tokens.access_token}`, ...session },
    });
    const streamEnded = stream.text().catch(() => 'cut');
    const slow = { steps: 2, pauseMilliseconds: 700 };
    const call = { jsonrpc: '2.0', id: 5, method: 'tools/call', params: { name: 'count_slowly', arguments: slow } };
    const answer = postMcp(url, tokens.access_token, call, session).then(jsonRpcOf);
    await until('the call to be under way', () => {
      const isCall = (line: object) => JSON.stringify(line).includes('count_slowly');
      return gate.log().some((line) => line['type'] === 'mcp.request_allowed' && isCall(line)) || undefined;
    });

    const began = Date.now();
    const exited = gate.running.stop('SIGTERM');
    expect(JSON.stringify(await answer)).toContain('counted in 2 steps');
    await streamEnded;
    expect(await exited).toBe(0);
    expect(Date.now() - began).toBeLessThan(10_000);
    await expect(fetch(`${gate.origin}/livez`)).rejects.toThrow();
  });
});

describe('TLS in the gate', () => {
  it('serves https under --tls-cert and --tls-key, with __Host- cookies, and says so in its metadata', async () => {
    const { keyFile, certFile, cert } = await selfSignedCertificate();
    const gate = await startGate({
      scheme: 'https',
      args: ['--tls-cert', certFile, '--tls-key', keyFile, '--', process.execPath, NOTES_SERVER, 'stdio'],
    });
    const send = (method: string, path: string, json = ''): Promise<{ status: number; body: string }> =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json' };
        const sent = httpsRequest(`${gate.origin}${path}`, { method, headers, ca: cert }, async (response) => {
          let body = '';
          for await (const chunk of response.setEncoding('utf8')) body += chunk;
          resolve({ status: response.statusCode ?? 0, body });
        });
        sent.once('error', reject);
        sent.end(json);
      });
    const metadata = JSON.parse((await send('GET', '/.well-known/oauth-authorization-server')).body);
    expect(metadata.issuer).toBe(gate.origin);
    const redirectUri = 'https://app.example.com/cb';
    const registration = { client_name: 'TLS', redirect_uris: [redirectUri], token_endpoint_auth_method: 'none' };
    const registered = await send('POST', '/register', JSON.stringify(registration));
    expect(registered.status).toBe(201);

    const context = await browser.newContext({ ignoreHTTPSErrors: true });
    const page = await context.newPage();
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: JSON.parse(registered.body).client_id,
      redirect_uri: redirectUri,
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
    });
    await page.goto(`${gate.origin}/authorize?${query}`);
    await signIn(page, gate);
    await page.getByRole('button', { name: 'Approve', exact: true }).waitFor();
    const cookies = await context.cookies();
    expect(cookies).toHaveLength(3);
    for (const cookie of cookies) {
      expect(cookie).toMatchObject({ httpOnly: true, secure: true, sameSite: 'Lax', path: '/' });
      expect(cookie.name).toMatch(/^__Host-/);
    }
    await context.close();
    expect(gate.running.stderr()).not.toContain('The TLS certificate');
    await gate.stop();
  });

  it('warns at start of a certificate that does not name the host of the public URL', async () => {
    const { keyFile, certFile } = await selfSignedCertificate();
    const tls = ['--tls-cert', certFile, '--tls-key', keyFile, '--public-url', 'https://gate.example.com'];
    const gate = await startGate({ args: [...tls, '--', process.execPath, NOTES_SERVER, 'stdio'] });
    await gate.stop();
    expect(gate.log().map(({ msg }) => msg)).toContainEqual(
      expect.stringContaining(
        `${certFile} does not name gate.example.com, the host of the public URL: it is for 127.0.0.1`,
      ),
    );
  });
});

describe('limits', () => {
  it('answer 429 with Retry-After at sign-in, /token, /register and the MCP route, each by itself', async () => {
    const gate = await startGate({
      config: `${notes}
rateLimits:
  mcpPerMinute: 3
  tokenPerMinute: 2
  signInPerAccountPerMinute: 2
  registrationPerMinute: 4
`,
    });
    const { client, tokens } = await authorizedClient(gate);

    const mcp = [];
    for (let i = 0; i < 4; i += 1) {
      const response = await postMcp(`${gate.origin}/mcp`, tokens.access_token, {
        jsonrpc: '2.0',
        id: i,
        method: 'ping',
      });
      mcp.push(response);
    }
    expect(mcp.at(-1)?.status).toBe(429);
    expect(Number(mcp.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);

    const token = [];
    for (let i = 0; i < 3; i += 1) token.push(await client.refresh('pcr_unknown-token-of-nobody'));
    expect(token.map(({ status }) => status)).toEqual([400, 400, 429]);
    expect(Number(token.at(-1)?.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await client.refresh(tokens.refresh_token)).status).toBe(200);

    const attempts = Array.from({ length: 5 }, () => registerClient(gate.origin, 'http://127.0.0.1/cb'));
    const refused = (await Promise.allSettled(attempts)).filter(({ status }) => status === 'rejected');
    expect(refused.map((one) => String((one as PromiseRejectedResult).reason)).join()).toContain('429');

    const context = await browser.newContext();
    const page = await context.newPage();
    await page.goto(client.authorizationUrl.href);
    for (let i = 0; i < 2; i += 1) {
      await page.getByLabel('Username').fill('nobody');
      await page.getByLabel('Password').fill('wrong');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.getByRole('alert').waitFor();
    }
    await page.getByLabel('Username').fill('nobody');
    await page.getByLabel('Password').fill('wrong');
    const [response] = await Promise.all([
      page.waitForResponse((answer) => answer.request().method() === 'POST'),
      page.getByRole('button', { name: 'Sign in' }).click(),
    ]);
    expect([response.status(), Number(response.headers()['retry-after']) > 0]).toEqual([429, true]);
    await page.waitForLoadState('load');
    await context.close();
    const rules = gate.log().filter((line) => line['type'] === 'rate_limit.exceeded');
    expect(new Set(rules.map((line) => line['rule']))).toEqual(
      new Set(['mcp', 'token', 'registration', 'sign_in_account']),
    );
    await gate.stop();
  });
});

/** What is answered to a preflight as a browser sends it, until the connection ends; headers in lower case. */
async function preflight(origin: string, path: string): Promise<{ status: number; headers: string }> {
  const { port, hostname, host } = new URL(origin);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(
    `OPTIONS ${path} HTTP/1.1\r\nHost: ${host}\r\nOrigin: ${origin}\r\nAccess-Control-Request-Method: POST\r\n` +
      'Access-Control-Request-Headers: authorization,content-type\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('close', resolve));
  return { status: Number(/^HTTP\/1\.1 (\d+) /.exec(text)?.[1]), headers: text.toLowerCase() };
}

describe('a flood', () => {
  it('GW-17 is refused in words that clients in browsers can read, where they may call at all', async () => {
    const gate = await startGate({ config: `${notes}\nrateLimits:\n  floodPerMinute: 1\n` });
    const send = (path: string, method: string) =>
      fetch(gate.origin + path, { method, headers: { origin: gate.origin, accept: 'application/json' } });
    expect((await send('/jwks', 'GET')).status).toBe(200);
    const readers: Record<string, string> = {};
    for (const [method, path] of [
      ['GET', '/jwks'],
      ['GET', '/.well-known/oauth-authorization-server'],
      ['GET', '/.well-known/oauth-protected-resource/mcp'],
      ['POST', '/token'],
      ['POST', '/register'],
      ['POST', '/mcp'],
      ['GET', '/account'],
    ] as const) {
      const { status, headers, ...answer } = await send(path, method).then(async (response) => ({
        status: response.status,
        headers: response.headers,
        text: await response.text(),
      }));
      expect([path, status, headers.get('connection')]).toEqual([path, 429, 'close']);
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
      const origin = headers.get('access-control-allow-origin');
      if (origin !== null) expect(headers.get('access-control-expose-headers')).toContain('Retry-After');
      const body = headers.get('content-type') === 'application/json' ? JSON.parse(answer.text) : undefined;
      readers[path] = `${origin} ${body?.error.code ?? body?.error}`;
    }
    expect(readers).toEqual({
      '/jwks': '* temporarily_unavailable',
      '/.well-known/oauth-authorization-server': '* temporarily_unavailable',
      '/.well-known/oauth-protected-resource/mcp': '* undefined',
      '/token': '* temporarily_unavailable',
      '/register': '* temporarily_unavailable',
      '/mcp': `${gate.origin} -32000`,
      '/account': 'null undefined',
    });
    for (const path of Object.keys(readers)) {
      const isPage = path === '/account';
      const answer = await preflight(gate.origin, path);
      expect([path, answer.status]).toEqual([path, isPage ? 429 : 204]);
      expect(answer.headers).toContain('\r\nconnection: close\r\n');
      if (isPage) continue;
      expect(answer.headers).toMatch(/\r\naccess-control-allow-origin: /);
      expect(answer.headers).toMatch(/\r\naccess-control-allow-headers: (\*|.*authorization)/);
    }
    const told = gate.log().filter((line) => line['type'] === 'rate_limit.exceeded');
    expect(told.map((line) => line['rule'])).toEqual(['flood']);
    await gate.stop();
  });

  it('GW-17 of connections beyond what the gate is configured to hold is cut', async () => {
    const gate = await startGate({ config: `${notes}\nmaxConnections: 8\n` });
    const { port, hostname } = new URL(gate.origin);
    const idle = Array.from({ length: 8 }, () => connect(Number(port), hostname));
    await Promise.all(idle.map((socket) => new Promise((resolve) => socket.once('connect', resolve))));
    const beyond = connect(Number(port), hostname);
    // A reset is a way for the gate to close.
    beyond.on('error', () => {});
    let text = '';
    beyond.on('data', (chunk) => {
      text += chunk;
    });
    beyond.write(`GET /livez HTTP/1.1\r\nHost: ${hostname}\r\n\r\n`);
    await new Promise((resolve) => beyond.once('close', resolve));
    expect(text).toBe('');
    for (const socket of idle) socket.destroy();
    await gate.stop();
  });
});

describe('an upstream that cannot be had', () => {
  it('that is down is a 502 as JSON-RPC error, and comes back by itself', async () => {
    const port = await freePort();
    const gate = await startGate({ args: ['--upstream', `http://127.0.0.1:${port}/mcp`] });
    const { tokens } = await authorizedClient(gate);
    const response = await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest());
    expect(response.status).toBe(502);
    expect(await jsonRpcOf(response)).toMatchObject({ id: 0, error: { code: -32000 } });
    const { start } = await import('../support/processes.js');
    const upstream = start(process.execPath, [NOTES_SERVER, 'http', String(port)]);
    await until('the upstream', async () => {
      const again = await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest());
      return again.status === 200 ? true : undefined;
    });
    await upstream.stop();
    await gate.stop();
  });

  it('whose command does not exist is a 502 that says so in the log, not to the client', async () => {
    const gate = await startGate({ args: ['--', '/nonexistent/secret-path/server'] });
    const { tokens } = await authorizedClient(gate);
    const response = await postMcp(`${gate.origin}/mcp`, tokens.access_token, initializeRequest());
    expect(response.status).toBe(502);
    expect(await response.text()).not.toContain('secret-path');
    expect(gate.log().some((line) => line['type'] === 'upstream.failed')).toBe(true);
    await gate.stop();
  });
});

describe('users are told apart', () => {
  it('and cannot use each other’s sessions of the same client', async () => {
    const gate = await startGate({ config: notes });
    const added = await runProgram(['users', 'add', 'bob', '--password-stdin', '--data-dir', gate.dataDir], {
      input: `${TEST_PASSWORD}\n`,
    });
    expect(added.code).toBe(0);
    const alice = await authorizedClient(gate);
    const bob = await authorizedClient(gate, { person: { username: 'bob', password: TEST_PASSWORD } });
    const opened = await postMcp(`${gate.origin}/mcp`, alice.tokens.access_token, initializeRequest());
    await jsonRpcOf(opened);
    const session = { 'mcp-session-id': opened.headers.get('mcp-session-id') ?? '' };
    const ping = { jsonrpc: '2.0', id: 1, method: 'ping' };
    expect((await postMcp(`${gate.origin}/mcp`, bob.tokens.access_token, ping, session)).status).toBe(404);
    expect((await postMcp(`${gate.origin}/mcp`, alice.tokens.access_token, ping, session)).status).toBe(200);
    await gate.stop();
  });
});
