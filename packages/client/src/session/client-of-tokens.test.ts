import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { deviceCode } from '../grants/device-code.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { createOAuthFetch, type OAuthFetchOptions } from '../oauth-fetch.js';
import type { SignIn } from '../sign-in/sign-in.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { CALL, optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

const DEVICE = 'https://as.example/device';
const OTHER_URL = 'https://mcp.example/other/mcp';

let server: ProtectedServer;
let store: ClientStore;
let now: number;
beforeEach(() => {
  server = createProtectedServer({ metadata: { device_authorization_endpoint: DEVICE } });
  store = createMemoryStore();
  now = 1_800_000_000;
  server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/other/mcp', () => ({
    json: { resource: OTHER_URL, authorization_servers: [server.issuer], scopes_supported: ['a'] },
  }));
});

/** A browser that comes back to `port`, where the person does what `person` says. */
function browserAt(port: number, person: 'signs in' | 'declines' | 'does not come' = 'signs in'): SignIn {
  return {
    begin: async () => ({
      redirectUri: `http://127.0.0.1:${port}/callback`,
      async run(url, receive) {
        server.authorizations.push(url);
        if (person === 'does not come') throw new OAuthClientError('sign_in_timed_out', 'Nobody came.');
        const state = url.searchParams.get('state') ?? '';
        const refusal = new URLSearchParams({ error: 'access_denied', state, iss: server.issuer });
        await receive(person === 'declines' ? refusal : server.respond(url));
      },
      end: async () => {},
    }),
  };
}

const options = (more: Partial<OAuthFetchOptions> = {}) => optionsFor(server, { store, now: () => now, ...more });
const at = (port: number, person?: 'declines' | 'does not come') => ({
  grant: authorizationCode(browserAt(port, person)),
});
const registrations = () => server.seen.filter(({ url }) => url.endsWith('/register'));

/** Whether the token of the first server is renewed, by the client that it was issued to and by nobody else. */
async function isRenewedBy(clientId: string): Promise<void> {
  now += 700;
  const held = await createSession(options(at(1111))).current();
  expect(held?.tokens.clientId).toBe(clientId);
  expect(server.tokenRequests('refresh_token').map(({ form }) => form.get('client_id'))).toEqual([clientId]);
}

describe('a token is renewed by the client that it was issued to', () => {
  it('where another server of the issuer is signed in at with another place to come back to', async () => {
    const { tokens } = await createSession(options(at(1111))).signIn();
    const other = await createSession(options({ serverUrl: OTHER_URL, ...at(2222) })).signIn();
    expect(other.tokens.clientId).not.toBe(tokens.clientId);
    await isRenewedBy(tokens.clientId);
  });

  it('where another server is signed in at by a device, which the registration is not good for', async () => {
    const { tokens } = await createSession(options(at(1111))).signIn();
    server.routes.set(DEVICE, ({ form }) =>
      form.get('client_id') === tokens.clientId
        ? { status: 400, json: { error: 'unauthorized_client' } }
        : { json: { device_code: 'dc', user_code: 'ABCD', verification_uri: DEVICE, expires_in: 600, interval: 1 } },
    );
    const device = deviceCode({ show: () => {}, wait: async () => {} });
    await createSession(options({ serverUrl: OTHER_URL, grant: device })).signIn();
    await isRenewedBy(tokens.clientId);
  });

  it.each(['declines', 'does not come'] as const)('where the person %s when asked for more', async (person) => {
    const { tokens } = await createSession(options(at(1111))).signIn();
    server.needed = 'b';
    for (const port of [1111, 2222]) {
      const fetch = createOAuthFetch(options(at(port, person)));
      await expect(fetch(server.serverUrl, CALL)).rejects.toBeInstanceOf(OAuthClientError);
    }
    await isRenewedBy(tokens.clientId);
  });

  it('where it has a secret, which is kept with the token', async () => {
    server.routes.set(`${server.issuer}/register`, () => ({
      status: 201,
      json: { client_id: 'conf', client_secret: 'its-secret', token_endpoint_auth_method: 'client_secret_post' },
    }));
    await createSession(options(at(1111))).signIn();
    await store.remove({ kind: 'registration', issuer: server.issuer, resource: '', profile: 'default' });
    await isRenewedBy('conf');
    expect(server.tokenRequests('refresh_token')[0]?.form.get('client_secret')).toBe('its-secret');
  });

  it('where its record is from before that was kept', async () => {
    const key = { issuer: server.issuer, profile: 'default' };
    const { serverUrl: resource, issuer } = server;
    await store.save({ ...key, kind: 'server', issuer: '', resource }, { issuer, resource, is_legacy: false });
    await store.save(
      { ...key, kind: 'registration', resource: '' },
      {
        issuer,
        client_id: 'old',
        token_endpoint_auth_method: 'none',
        redirect_uris: ['http://127.0.0.1:1111/callback'],
      },
    );
    await store.save(
      { ...key, kind: 'tokens', resource },
      {
        issuer,
        resource,
        is_legacy: false,
        client_id: 'old',
        access_token: 'old-at',
        token_type: 'Bearer',
        issued_at: now,
        expires_at: now + 600,
        refresh_token: 'old-rt',
        scope: ['a'],
      },
    );
    await isRenewedBy('old');
  });
});

describe('registrations', () => {
  it('are kept beside each other, and used again by the place that they come back to', async () => {
    for (const port of [1111, 2222, 1111, 2222]) await createSession(options(at(port))).signIn();
    expect(registrations()).toHaveLength(2);
    const [one, other, again, otherAgain] = server.authorizations.map((url) => url.searchParams.get('client_id'));
    expect([again, otherAgain]).toEqual([one, other]);
  });

  it('are eight at most: the oldest goes, and costs a registration when it is wanted again', async () => {
    for (const port of [1, 2, 3, 4, 5, 6, 7, 8, 9, 2, 1]) await createSession(options(at(port))).signIn();
    expect(registrations()).toHaveLength(10);
  });
});
