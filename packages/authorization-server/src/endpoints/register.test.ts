import { beforeEach, describe, expect, it } from 'vitest';
import { expectRefusal, obtainCode, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

const redirect_uris = ['https://app.test/cb'];
const register = (body: unknown, network?: string) => test.postJson('/register', body, network);
const registered = async (body: object): Promise<Record<string, unknown>> => {
  const response = await register(body);
  expect(response.status).toBe(201);
  expect(response.headers.get('cache-control')).toBe('no-store');
  return (await response.json()) as Record<string, unknown>;
};
const storedClients = () => test.storage.events.filter((event) => event.type === 'client.registered').length;

it('registers a public client and echoes what was stored', async () => {
  const body = await registered({
    redirect_uris: ['http://127.0.0.1/cb', 'cursor:/cb'],
    token_endpoint_auth_method: 'none',
    client_name: 'An app',
    client_uri: 'https://app.test/',
    scope: 'admin',
  });
  expect(body).toEqual({
    client_id: expect.stringMatching(/^client_[A-Za-z0-9_-]{22}$/),
    client_id_issued_at: test.clock.now,
    client_name: 'An app',
    client_uri: 'https://app.test/',
    redirect_uris: ['http://127.0.0.1/cb', 'cursor:/cb'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
  });
});

it('gives a client without a method a secret, and keeps its hash alone', async () => {
  const body = await registered({ redirect_uris });
  expect(body).toMatchObject({
    token_endpoint_auth_method: 'client_secret_basic',
    client_secret: expect.stringMatching(/^pcs_[A-Za-z0-9_-]{43}$/),
    client_secret_expires_at: 0,
    application_type: 'web',
  });
  const stored = await test.storage.clients.find('default', String(body['client_id']));
  expect(JSON.stringify([stored, test.events])).not.toContain(body['client_secret']);
});

describe('AZ-09 redirect URIs that are not allowed', () => {
  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\x01javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://app.test/x',
    'about:blank',
    'myapp:/cb',
    'com.example.app:/cb',
  ])('AZ-09 refuses %j when nothing else is there, and leaves it out otherwise', async (uri) => {
    await expectRefusal(await register({ redirect_uris: [uri] }), 400, 'invalid_redirect_uri');
    const body = await registered({ redirect_uris: [uri, ...redirect_uris] });
    expect(body['redirect_uris']).toEqual(redirect_uris);
  });
});

describe('DC-01 bodies that are refused', () => {
  it.each<[string, unknown, number, string]>([
    ['no redirect URIs', {}, 400, 'invalid_redirect_uri'],
    ['an empty list', { redirect_uris: [] }, 400, 'invalid_redirect_uri'],
    ['null', { redirect_uris: null }, 400, 'invalid_redirect_uri'],
    ['a sparse list', '{"redirect_uris":[,"https://app.test/cb"]}', 400, 'invalid_client_metadata'],
    ['500 entries', { redirect_uris: Array(500).fill('https://app.test/cb') }, 400, 'invalid_redirect_uri'],
    ['an entry of 4 kB', { redirect_uris: [`https://app.test/${'x'.repeat(4096)}`] }, 400, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: ['https://app.test/cb#x'] }, 400, 'invalid_redirect_uri'],
    ['a wildcard', { redirect_uris: ['https://*.app.test/cb'] }, 400, 'invalid_redirect_uri'],
    ['plain http', { redirect_uris: ['http://app.test/cb'] }, 400, 'invalid_redirect_uri'],
    ['the body null', 'null', 400, 'invalid_client_metadata'],
    ['the body a list', '[]', 400, 'invalid_client_metadata'],
    ['a depth of 1000', `${'['.repeat(1000)}${']'.repeat(1000)}`, 400, 'invalid_client_metadata'],
    ['a repeated member', '{"redirect_uris":["https://a.test/"],"redirect_uris":[]}', 400, 'invalid_client_metadata'],
    ['more than 16 KiB', { redirect_uris, client_name: 'x'.repeat(17 * 1024) }, 413, 'invalid_client_metadata'],
  ])('DC-01 refuses %s', async (_title, body, status, error) => {
    await expectRefusal(await register(body), status, error);
    expect(storedClients()).toBe(0);
    expect(test.events.at(-1)?.type).toBe('client.registration_refused');
  });

  it('DC-01 refuses another content type', async () => {
    const response = await test.postForm('/register', { redirect_uris });
    await expectRefusal(response, 415, 'invalid_client_metadata');
  });
});

describe('DC-02 addresses that are refused', () => {
  const members = ['logo_uri', 'tos_uri', 'policy_uri', 'client_uri', 'jwks_uri', 'tos_uri#de'];
  it.each(members)('DC-02 refuses %s that is not https', async (member) => {
    for (const address of ['javascript:alert(1)', 'data:text/html,x', 'http://app.test/']) {
      const response = await register({ redirect_uris, [member]: address });
      await expectRefusal(response, 400, 'invalid_client_metadata');
    }
    expect(storedClients()).toBe(0);
  });
});

describe('DC-03 what a client may not choose', () => {
  it('DC-03 ignores it, and stores what it says it stored', async () => {
    const body = await registered({
      redirect_uris,
      grant_types: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
      scope: 'admin',
      client_id: 'https://mine.test/',
      client_secret: 'mine',
      tenant: 'b',
      trusted: true,
      consent_required: false,
      is_admin: true,
      constructor: { prototype: { trusted: true } },
    });
    const stored = await test.storage.clients.find('default', String(body['client_id']));
    expect(stored).toMatchObject({
      tenantId: 'default',
      source: 'dynamic',
      scopes: undefined,
      grantTypes: ['authorization_code', 'refresh_token'],
    });
    expect(body['grant_types']).toEqual(stored?.grantTypes);
    expect(body['client_id']).not.toMatch(/^https:/);
    expect(body['client_secret']).not.toBe('mine');
    expect(Object.keys(body).sort()).toEqual([
      'application_type',
      'client_id',
      'client_id_issued_at',
      'client_name',
      'client_secret',
      'client_secret_expires_at',
      'grant_types',
      'redirect_uris',
      'response_types',
      'token_endpoint_auth_method',
    ]);
  });

  it('DC-03 refuses a member named __proto__ altogether', async () => {
    const body = '{"redirect_uris":["https://app.test/cb"],"__proto__":{"trusted":true}}';
    await expectRefusal(await register(body), 400, 'invalid_client_metadata');
  });

  it.each([undefined, ''])('DC-03 lets nobody in with the secret %j', async (client_secret) => {
    for (const token_endpoint_auth_method of ['client_secret_basic', 'client_secret_post']) {
      const { client_id } = await registered({ redirect_uris, token_endpoint_auth_method });
      const form = { client_id: String(client_id), redirect_uri: 'https://app.test/cb' };
      const code = await obtainCode(test, form);
      const response = await test.postForm('/token', redemption(code, { ...form, client_secret }));
      await expectRefusal(response, 401, 'invalid_client');
    }
  });
});

describe('DC-04 a flood of registrations', () => {
  it('DC-04 answers 429 after 20 from one network, and others are not affected', async () => {
    for (let index = 0; index < 20; index += 1) {
      const response = await test.send(
        '/register',
        {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-forwarded-for': `198.51.100.${index}` },
          body: JSON.stringify({ redirect_uris }),
        },
        { network: '192.0.2.7' },
      );
      expect(response.status).toBe(201);
    }
    const refused = await register({ redirect_uris }, '192.0.2.7');
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectRefusal(refused, 429, 'temporarily_unavailable');
    expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: 'registration_per_network' });
    expect((await register({ redirect_uris }, '2001:db8:1:2::/64')).status).toBe(201);
    test.clock.now += 60;
    expect((await register({ redirect_uris }, '192.0.2.7')).status).toBe(201);
  });
});

it('is not there when the operator turned it off', async () => {
  test = await startTestServer({ dynamicRegistration: false });
  expect((await register({ redirect_uris })).status).toBe(404);
  expect(test.server.handles('/register')).toBe(false);
  const metadata = await test.send('/.well-known/oauth-authorization-server');
  expect(await metadata.json()).not.toHaveProperty('registration_endpoint');
});
