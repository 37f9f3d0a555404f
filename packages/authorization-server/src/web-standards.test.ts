import { hash } from 'node:crypto';
import { createSealer, type Platform, type SignInService } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { expect, it } from 'vitest';
import { createAuthorizationServer } from './authorization-server.js';
import { ConfigurationError } from './configuration-error.js';
import { createSealedKeyService } from './keys/sealed-key-service.js';
import type { AuthorizationServerPorts } from './options.js';
import { FILES, ISSUER, resources } from './testing/fixtures.js';
import { readPage, testPages } from './testing/test-pages.js';

/** What any runtime of the web has, and a synchronous hash, which it has not: the host brings one. */
const webPlatform: Platform = {
  clock: { nowEpochSeconds: () => Math.floor(Date.now() / 1000) },
  random: { bytes: (length) => crypto.getRandomValues(new Uint8Array(length)) },
  hash: (data) => hash('sha256', data, 'base64url'),
};

/** An embedder whose login is one header, set by what stands before it. */
const headerSignIn: SignInService = {
  find: async ({ headers }) => {
    const subject = headers.get('x-user');
    return subject === null
      ? undefined
      : { subject, authenticatedAtEpochSeconds: webPlatform.clock.nowEpochSeconds() - 60 };
  },
  begin: async (_request, { returnPath }) =>
    Response.redirect(`https://login.test/?${new URLSearchParams({ returnPath })}`),
  end: async () => [],
};

const ports: AuthorizationServerPorts = {
  platform: webPlatform,
  storage: createMemoryStorage(),
  signIn: headerSignIn,
  rateLimiter: {
    consume: async () => ({ allowed: true }),
    peek: async () => ({ allowed: true }),
    giveBack: async () => {},
  },
  audit: { record: () => {} },
  pages: testPages,
  keyService: createSealedKeyService(createSealer(new Uint8Array(32).fill(1), 'signing keys', webPlatform.random)),
};

it('runs a whole flow through fetch alone, on web standards and with a sign-in of the host', async () => {
  const server = await createAuthorizationServer(ports, { tenantId: 'default', issuer: ISSUER, resources });
  const cookies = new Map<string, string>();
  const send = async (path: string, init: RequestInit = {}): Promise<Response> => {
    const headers = new Headers(init.headers);
    headers.set('x-user', 'erin');
    headers.set('cookie', [...cookies].map(([name, value]) => `${name}=${value}`).join('; '));
    const request = new Request(new URL(path, ISSUER), { ...init, headers });
    const response = await server.fetch(request, { network: '192.0.2.1', correlationId: 'c' });
    for (const cookie of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (cookie.split(';')[0] ?? '').split('=');
      cookies.set(name, value);
    }
    return response;
  };
  const post = (path: string, fields: [string, string][]) =>
    send(path, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', origin: ISSUER },
      body: new URLSearchParams(fields).toString(),
    });
  const json = async <T>(response: Response): Promise<T> => {
    expect(response.status).toBeLessThan(300);
    return (await response.json()) as T;
  };

  const metadata = await json<Record<string, string>>(await send('/.well-known/oauth-authorization-server'));
  const { client_id } = await json<{ client_id: string }>(
    await send(metadata['registration_endpoint'] ?? '', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'none' }),
    }),
  );
  const verifier = 'w'.repeat(43);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier)));
  const challenge = btoa(String.fromCharCode(...digest))
    .replace(/=+$/, '')
    .replaceAll('+', '-')
    .replaceAll('/', '_');
  const query = new URLSearchParams({
    client_id,
    redirect_uri: 'https://app.test/cb',
    response_type: 'code',
    code_challenge: challenge,
    code_challenge_method: 'S256',
    resource: FILES,
  });
  const began = await send(`${metadata['authorization_endpoint']}?${query}`);
  const { page, model } = await readPage(await send(began.headers.get('location') ?? ''));
  expect([page, model.username]).toEqual(['consent', 'erin']);
  const left = await readPage(
    await post(model.form.action, [
      ['transaction', model.form.transaction],
      ['csrf_token', model.form.csrfToken],
      ['decision', 'approve'],
      ['scope', 'files:read'],
    ]),
  );
  const code = new URL(left.model.location).searchParams.get('code') ?? '';
  const tokens = await json<{ access_token: string; refresh_token: string; scope: string }>(
    await post(metadata['token_endpoint'] ?? '', [
      ['grant_type', 'authorization_code'],
      ['client_id', client_id],
      ['code', code],
      ['code_verifier', verifier],
      ['redirect_uri', 'https://app.test/cb'],
    ]),
  );
  expect(tokens.scope).toBe('files:read');
  const refresh = () =>
    post(metadata['token_endpoint'] ?? '', [
      ['grant_type', 'refresh_token'],
      ['client_id', client_id],
      ['refresh_token', tokens.refresh_token],
    ]);
  await json(await refresh());

  const account = await readPage(await send('/account'));
  expect(account.model.clients).toMatchObject([{ clientId: client_id, vouching: 'self_registered' }]);
  const disconnected = await post(account.model.disconnectForm.action, [
    ['csrf_token', account.model.disconnectForm.csrfToken],
    ['client_id', client_id],
  ]);
  expect(disconnected.status).toBe(303);
  expect((await refresh()).status).toBe(400);
});

it('is not built without a way to sign in', async () => {
  const { signIn: _, ...without } = ports;
  const options = { tenantId: 'default', issuer: ISSUER, resources };
  await expect(createAuthorizationServer(without, options)).rejects.toThrow(ConfigurationError);
  await expect(createAuthorizationServer(without, options)).rejects.toThrow(/passwordHasher/);
});
