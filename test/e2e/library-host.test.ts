import { mkdtempSync } from 'node:fs';
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

let origin: string;
let running: Running;

beforeAll(async () => {
  const port = await freePort();
  const directory = mkdtempSync(join(tmpdir(), 'library-host-'));
  origin = `http://127.0.0.1:${port}`;
  running = start(process.execPath, [EXAMPLE_AUTHORIZATION_SERVER], {
    cwd: directory,
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      FIRST_USERNAME: PERSON.username,
      FIRST_PASSWORD: PERSON.password,
    },
  });
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
  expect((await fetch(`${origin}/elsewhere`)).status).toBe(404);
  expect((await fetch(`${origin}/token`, { method: 'POST', body: 'x'.repeat(70_000) })).status).toBe(413);
});

it('the example ends when it is asked to', async () => {
  expect(await running.stop()).toBe(0);
});
