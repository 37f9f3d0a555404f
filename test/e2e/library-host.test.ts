import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { authorizeByForms, FormBrowser, type FormPerson } from '../support/form-browser.js';
import { registerClient, type TokenResponse } from '../support/oauth.js';
import { EXAMPLE_AUTHORIZATION_SERVER } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';

// The example of the documentation, run as a reader would.

const PERSON: FormPerson = { username: 'alice', password: 'correct horse battery staple' };
const RESOURCE = 'http://127.0.0.1:8810/mcp';
const REDIRECT_URI = 'https://app.example.com/callback';

let directory: string;
let port: number;
let origin: string;
let running: Running;

/** The example, in a directory that nothing else uses. */
const startExample = (environment: Readonly<Record<string, string>>): Running =>
  start(process.execPath, [EXAMPLE_AUTHORIZATION_SERVER], {
    cwd: directory,
    env: { PATH: process.env['PATH'], PORT: String(port), ...environment },
  });

beforeAll(async () => {
  port = await freePort();
  directory = mkdtempSync(join(tmpdir(), 'library-host-'));
  origin = `http://127.0.0.1:${port}`;
  running = startExample({ FIRST_USERNAME: PERSON.username, FIRST_PASSWORD: PERSON.password });
  await until('the example to listen', () => (running.stdout().includes(origin) ? true : undefined));
});

afterAll(async () => {
  await running?.stop();
});

it('the example signs a person in, asks them, and ends with a token for its resource', async () => {
  const client = await registerClient(origin, REDIRECT_URI, { resource: RESOURCE });
  const back = await authorizeByForms(new FormBrowser(origin), client.authorizationUrl, PERSON);
  expect(back.href.startsWith(`${REDIRECT_URI}?`)).toBe(true);
  expect(back.searchParams.get('iss')).toBe(origin);
  expect(back.searchParams.get('state')).toBe(client.state);

  const redeemed = await client.redeem(back.searchParams.get('code') ?? '');
  expect(redeemed.status).toBe(200);
  const tokens = (await redeemed.json()) as TokenResponse;
  expect(tokens.scope).toBe('notes:read');
  const keys = createRemoteJWKSet(new URL(`${origin}/jwks`));
  await jwtVerify(tokens.access_token, keys, { issuer: origin, audience: RESOURCE, typ: 'at+jwt' });
  expect((await client.refresh(tokens.refresh_token)).status).toBe(200);
});

it('the example serves its stylesheet, and nothing it does not know', async () => {
  const stylesheet = await fetch(`${origin}/assets/portcullis.css`);
  expect(stylesheet.headers.get('content-type')).toContain('text/css');
  expect((await fetch(`${origin}/favicon.ico`)).headers.get('content-type')).toBe('image/svg+xml');
  expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${origin}/token`, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413);
});

it('the example runs on Express as well, with the same paths', async () => {
  const [otherPort, other] = [await freePort(), mkdtempSync(join(tmpdir(), 'library-host-'))];
  const express = start(process.execPath, [EXAMPLE_AUTHORIZATION_SERVER, '--express'], {
    cwd: other,
    env: { PATH: process.env['PATH'], PORT: String(otherPort) },
  });
  try {
    const address = `http://127.0.0.1:${otherPort}`;
    await until('the example to listen', () => (express.stdout().includes(address) ? true : undefined));
    const client = await registerClient(address, REDIRECT_URI, { resource: RESOURCE });
    const page = await new FormBrowser(address).open(client.authorizationUrl);
    expect(page).toMatchObject({ kind: 'page', status: 200, html: expect.stringContaining('type="password"') });
    expect((await fetch(`${address}/assets/portcullis.css`)).headers.get('content-type')).toContain('text/css');
    expect((await fetch(`${address}/TOKEN`, { method: 'POST' })).status).toBe(404);
    expect((await fetch(`${address}/token`, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413);
  } finally {
    await express.stop();
  }
});

it('the example says what it is', async () => {
  const root = await fetch(`${origin}/`);
  expect(root.status).toBe(200);
  expect(root.headers.get('content-type')).toContain('text/plain');
  expect(await root.text()).toContain(`${origin}/.well-known/oauth-authorization-server`);
});

it('the example keeps what it makes in a directory of its own, where nobody else looks', () => {
  expect(readdirSync(directory)).toEqual(['.authorization-server']);
  expect(readdirSync(join(directory, '.authorization-server'))).toContain('master.key');
  expect(statSync(join(directory, '.authorization-server')).mode & 0o777).toBe(0o700);
});

it.each<[Record<string, string>, string]>([
  [{}, 'is in use: set PORT to another'],
  [{ PORT: 'x' }, 'PORT is a number'],
  [{ FIRST_USERNAME: 'bob', FIRST_PASSWORD: 'canary' }, 'FIRST_PASSWORD has fewer than 12 characters'],
  [{ FIRST_USERNAME: 'bob' }, 'FIRST_USERNAME and FIRST_PASSWORD go together'],
])('the example refuses %j in one line', async (environment, words) => {
  const refused = startExample(environment);
  expect(await refused.exited).toBe(1);
  expect(refused.stderr()).toContain(words);
  expect(refused.stderr()).toMatch(/^[^\n]+\n$/);
  expect(refused.stderr()).not.toContain('canary');
});

it('the example takes no flag that it does not know', async () => {
  const mistaken = start(process.execPath, [EXAMPLE_AUTHORIZATION_SERVER, '--expres'], { cwd: directory });
  expect([await mistaken.exited, mistaken.stderr()]).toEqual([1, 'There is no --expres: the one flag is --express\n']);
});

it('the example ends when it is asked to', async () => {
  expect(await running.stop()).toBe(0);
});

it('the example makes no other master key for keys that it could not open, and says in one line which it needs', async () => {
  const other = join(directory, '.authorization-server', 'other.key');
  writeFileSync(other, randomBytes(32).toString('base64url'));
  const mistaken = startExample({ MASTER_KEY_FILE: other });
  expect(await mistaken.exited).toBe(1);
  expect(mistaken.stderr()).toBe('master key: it does not open the stored signing key; was it replaced?\n');
  writeFileSync(other, 'not a key');
  const short = startExample({ MASTER_KEY_FILE: other });
  expect(await short.exited).toBe(1);
  expect(short.stderr()).toMatch(/^[^\n]*does not hold a master key, which is 32 bytes in base64url[^\n]*\n$/);
  const missing = join(directory, 'nowhere.key');
  const refused = startExample({ MASTER_KEY_FILE: missing });
  expect(await refused.exited).toBe(1);
  expect(refused.stderr()).toMatch(
    /^[^\n]*nowhere\.key is missing, and the database holds keys[^\n]*MASTER_KEY_FILE[^\n]*\n$/,
  );
  expect(readdirSync(directory)).toEqual(['.authorization-server']);
});
