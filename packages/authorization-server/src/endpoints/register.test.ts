import { StorageUnavailableError } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { FILES, ISSUER } from '../testing/fixtures.js';
import { expectRefusal, obtainCode, redemption } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
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
const redeemFor = async (server: TestServer, client_id: string): Promise<Response> => {
  const client = { client_id, redirect_uri: 'https://app.test/cb' };
  return server.postForm('/token', redemption(await obtainCode(server, client), client));
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
    registration_access_token: expect.stringMatching(/^pcm_/),
    registration_client_uri: `${ISSUER}/register/client?client_id=${String(body['client_id'])}`,
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
    ['a list with null in it', { redirect_uris: [null, 'https://app.test/cb'] }, 400, 'invalid_redirect_uri'],
    ['a list with a number in it', { redirect_uris: [7] }, 400, 'invalid_redirect_uri'],
    ['a list in the list', { redirect_uris: [['https://app.test/cb']] }, 400, 'invalid_redirect_uri'],
    ['a text', { redirect_uris: 'https://app.test/cb' }, 400, 'invalid_redirect_uri'],
    ['500 entries', { redirect_uris: Array(500).fill('https://app.test/cb') }, 400, 'invalid_redirect_uri'],
    ['an entry of 4 kB', { redirect_uris: [`https://app.test/${'x'.repeat(4096)}`] }, 400, 'invalid_redirect_uri'],
    ['a fragment', { redirect_uris: ['https://app.test/cb#x'] }, 400, 'invalid_redirect_uri'],
    ['an empty fragment', { redirect_uris: ['https://app.test/cb#'] }, 400, 'invalid_redirect_uri'],
    ['a wildcard', { redirect_uris: ['https://*.app.test/cb'] }, 400, 'invalid_redirect_uri'],
    ['a wildcard in the path', { redirect_uris: ['https://app.test/*'] }, 400, 'invalid_redirect_uri'],
    ['a wildcard for the port', { redirect_uris: ['http://127.0.0.1:*/cb'] }, 400, 'invalid_redirect_uri'],
    ['plain http', { redirect_uris: ['http://app.test/cb'] }, 400, 'invalid_redirect_uri'],
    ['a query with code', { redirect_uris: ['https://app.test/cb?code=x'] }, 400, 'invalid_redirect_uri'],
    ['a query with iss', { redirect_uris: ['https://app.test/cb?x=1&iss=x'] }, 400, 'invalid_redirect_uri'],
    [
      'plain http to what begins like loopback',
      { redirect_uris: ['http://127.0.0.1.evil.test/'] },
      400,
      'invalid_redirect_uri',
    ],
    ['plain http on a private network', { redirect_uris: ['http://192.168.0.1/cb'] }, 400, 'invalid_redirect_uri'],
    ['no body', '', 400, 'invalid_client_metadata'],
    ['what is no JSON', 'redirect_uris=https', 400, 'invalid_client_metadata'],
    ['the body a text', '"https://app.test/cb"', 400, 'invalid_client_metadata'],
    ['the body a number', '7', 400, 'invalid_client_metadata'],
    ['the body null', 'null', 400, 'invalid_client_metadata'],
    ['the body a list', '[]', 400, 'invalid_client_metadata'],
    ['a depth of 1000', `${'['.repeat(1000)}${']'.repeat(1000)}`, 400, 'invalid_client_metadata'],
    [
      'a depth of 1000 in a member',
      `{"redirect_uris":["https://app.test/cb"],"x":${'{"x":'.repeat(1000)}1${'}'.repeat(1000)}}`,
      400,
      'invalid_client_metadata',
    ],
    ['a byte order mark', `\ufeff${JSON.stringify({ redirect_uris })}`, 400, 'invalid_client_metadata'],
    ['a lone surrogate', { redirect_uris, client_name: 'a\ud800b' }, 400, 'invalid_client_metadata'],
    ['a repeated member', '{"redirect_uris":["https://a.test/"],"redirect_uris":[]}', 400, 'invalid_client_metadata'],
    ['more than 16 KiB', { redirect_uris, client_name: 'x'.repeat(17 * 1024) }, 413, 'invalid_client_metadata'],
  ])('DC-01 refuses %s', async (_title, body, status, error) => {
    await expectRefusal(await register(body), status, error);
    expect(storedClients()).toBe(0);
    expect(test.events.at(-1)?.type).toBe('client.registration_refused');
  });

  it.each([
    'application/x-www-form-urlencoded',
    'text/plain',
    'application/json; charset=utf-16',
    'application/jsonx',
    'application/json\t;x',
    '',
  ])('DC-01 refuses the content type "%s"', async (contentType) => {
    const body = new TextEncoder().encode(JSON.stringify({ redirect_uris }));
    const headers: Record<string, string> = contentType === '' ? {} : { 'content-type': contentType };
    const response = await test.send('/register', { method: 'POST', headers, body });
    await expectRefusal(response, 415, 'invalid_client_metadata');
    expect(storedClients()).toBe(0);
  });

  it('DC-01 reads 16 KiB to the byte, and one more is too many', async () => {
    const frame = JSON.stringify({ redirect_uris, other: '' }).length;
    const body = (size: number) => JSON.stringify({ redirect_uris, other: 'x'.repeat(size - frame) });
    expect((await register(body(16 * 1024))).status).toBe(201);
    await expectRefusal(await register(body(16 * 1024 + 1)), 413, 'invalid_client_metadata');
    expect(storedClients()).toBe(1);
  });
});

describe('DC-01, DC-02 what a refusal says', () => {
  it.each<[unknown, string]>([
    ['[]', 'The body must be a JSON object in UTF-8 that names each member once.'],
    ['redirect_uris=https', 'The body must be a JSON object in UTF-8 that names each member once.'],
    [{ redirect_uris: [] }, 'The redirect_uris must be a list of 1 to 20 URIs.'],
    [{ redirect_uris: ['http://canary.test/'] }, 'None of the redirect_uris is allowed.'],
    [{ client_name: 7 }, 'The client_name must be a text of at most 512 characters.'],
    [{ 'logo_uri#canary': 'http://canary.test/' }, 'The logo_uri must be an https URL.'],
    [{ application_type: 'canary' }, 'The application_type must be native or web.'],
    [{ grant_types: 'canary' }, 'The grant_types must be a list of at most 20 texts.'],
    [{ response_types: ['canary'] }, 'The response_types must be a list with code in it.'],
    [
      { token_endpoint_auth_method: 'canary' },
      'The token_endpoint_auth_method must be one of none, client_secret_basic, client_secret_post, private_key_jwt.',
    ],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, 'The method private_key_jwt needs jwks or jwks_uri.'],
    [{ jwks: { keys: [{ kty: 'canary' }] } }, 'The jwks must be a JWK Set with a public key to sign by.'],
  ])('names what is wrong with %j, and repeats nothing of it', async (asked, description) => {
    const response = await register(typeof asked === 'string' ? asked : { redirect_uris, ...(asked as object) });
    const body = (await response.json()) as object;
    expect(body).toEqual({ error: expect.stringMatching(/^invalid_/), error_description: description });
    expect(JSON.stringify([body, test.events])).not.toContain('canary');
  });
});

describe('DC-02 addresses that are refused', () => {
  const names = ['logo_uri', 'tos_uri', 'policy_uri', 'client_uri', 'jwks_uri'];
  const members = [...names, ...names.map((name) => `${name}#de`)];
  const addresses = ['javascript:alert(1)', 'data:text/html,x', 'http://app.test/'];
  it.each(members.flatMap((member) => addresses.map((address) => [member, address] as const)))(
    'DC-02 refuses %s with %s',
    async (member, address) => {
      const response = await register({ redirect_uris, [member]: address });
      await expectRefusal(response, 400, 'invalid_client_metadata');
      expect(storedClients()).toBe(0);
    },
  );
});

describe('DC-03 what a client may not choose', () => {
  const members: Readonly<Record<string, unknown>> = {
    'grant_types client_credentials beside the code': { grant_types: ['authorization_code', 'client_credentials'] },
    'grant_types of nothing': { grant_types: [] },
    'grant_types client_credentials beside the refresh token': { grant_types: ['refresh_token', 'client_credentials'] },
    'scope admin': { scope: 'admin' },
    'its client_id': { client_id: 'https://mine.test/' },
    'its client_secret': { client_secret: 'mine' },
    'the end of its secret': { client_secret_expires_at: 1 },
    tenant: { tenant: 'b', tenant_id: 'b', tenantId: 'b' },
    trusted: { trusted: true, source: 'configured' },
    'consent_required false': { consent_required: false },
    is_admin: { is_admin: true },
    constructor: { constructor: { prototype: { trusted: true } } },
    'registration members of RFC 7592': {
      registration_access_token: 'mine',
      registration_client_uri: 'https://mine.test/',
    },
  };
  it.each(Object.entries(members))('DC-03 ignores %s', async (title, asked) => {
    const plain = await registered({ redirect_uris });
    const body = await registered({ redirect_uris, ...(asked as object) });
    const hasRefresh = !title.endsWith('beside the code');
    const grant_types = hasRefresh ? ['authorization_code', 'refresh_token'] : ['authorization_code'];
    const fresh = {
      client_id: expect.stringMatching(/^client_/),
      client_secret: expect.stringMatching(/^pcs_/),
      registration_access_token: expect.stringMatching(/^pcm_/),
      registration_client_uri: `${ISSUER}/register/client?client_id=${String(body['client_id'])}`,
    };
    expect(body).toEqual({ ...plain, ...fresh, grant_types });
    const [first, second] = await Promise.all(
      [plain, body].map(({ client_id }) => test.storage.clients.find('default', String(client_id))),
    );
    const { clientId, clientSecretHash, registrationTokenHash } = second ?? {};
    const issued = { clientId, clientSecretHash, registrationTokenHash };
    expect(second).toEqual({ ...first, ...issued, grantTypes: grant_types });
    expect(second).toMatchObject({ tenantId: 'default', source: 'dynamic', scopes: undefined });
  });

  it('DC-03 asks a person for consent whatever the client said of it', async () => {
    const asked = { consent_required: false, trusted: true, scope: 'files:write', token_endpoint_auth_method: 'none' };
    const { client_id } = await registered({ redirect_uris, ...asked });
    const consent = await test.newBrowser().reachConsent({ client_id: String(client_id), scope: undefined });
    const page = await readPage(consent);
    expect(page.page).toBe('consent');
    expect(page.model.scopes).toMatchObject([{ name: 'files:read' }]);
    expect(page.model.client).toMatchObject({ selfRegistered: true });
  });

  it('DC-03 ignores it, and stores what it says it stored', async () => {
    const body = await registered({
      redirect_uris,
      grant_types: [
        'authorization_code',
        'refresh_token',
        'client_credentials',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
      ],
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
      'registration_access_token',
      'registration_client_uri',
      'response_types',
      'token_endpoint_auth_method',
    ]);
  });

  it.each(['client_credentials', 'token-exchange', 'jwt-bearer'].map((name) => [name]))(
    'DC-03 gives who asks for %s alone what can be had, says so, and nothing in its own name',
    async (name) => {
      const grant_types = [name.includes('_') ? name : `urn:ietf:params:oauth:grant-type:${name}`];
      const body = await registered({ redirect_uris, grant_types, token_endpoint_auth_method: 'client_secret_post' });
      expect(body['grant_types']).toEqual(['authorization_code', 'refresh_token']);
      const { client_id, client_secret } = body as Record<string, string>;
      expect((await test.storage.clients.find('default', client_id ?? ''))?.grantTypes).toEqual(body['grant_types']);
      const form = { grant_type: 'client_credentials', client_id, client_secret, resource: FILES };
      await expectRefusal(await test.postForm('/token', form), 400, 'unauthorized_client');
    },
  );

  it('DC-03 ignores a member named __proto__, at any depth', async () => {
    const plain = await registered({ redirect_uris, token_endpoint_auth_method: 'none' });
    const hostile = '{"trusted":true,"source":"configured","consent_required":false}';
    const response = await register(
      `{"redirect_uris":${JSON.stringify(redirect_uris)},"token_endpoint_auth_method":"none","jwks":{"keys":[],"__proto__":${hostile}},"__proto__":${hostile}}`,
    );
    expect(response.status).toBe(201);
    const body = (await response.json()) as Record<string, unknown>;
    expect(Object.keys(body)).toEqual(Object.keys(plain));
    expect(await test.storage.clients.find('default', String(body['client_id']))).toEqual({
      ...(await test.storage.clients.find('default', String(plain['client_id']))),
      clientId: body['client_id'],
      registrationTokenHash: expect.any(String),
    });
    expect(({} as { trusted?: boolean }).trusted).toBeUndefined();
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

  it.each([
    ['one IPv4 address', '192.0.2.7', false],
    ['one IPv6 /64', '2001:db8:1:2::/64', false],
    ['one address that claims another with each try', '192.0.2.7', true],
  ])('DC-04 stores 20 of 1000 in a minute from %s, and serves others', async (_title, network, isClaiming) => {
    const statuses = new Map<number, number>();
    for (let index = 0; index < 1000; index += 1) {
      const claimed = `198.51.${Math.floor(index / 256)}.${index % 256}`;
      const headers = {
        'content-type': 'application/json',
        ...(isClaiming ? { 'x-forwarded-for': claimed, 'x-real-ip': claimed, forwarded: `for=${claimed}` } : {}),
      };
      const init = { method: 'POST', headers, body: JSON.stringify({ redirect_uris }) };
      const { status } = await test.send('/register', init, { network });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
    expect([...statuses]).toEqual([
      [201, 20],
      [429, 980],
    ]);
    expect(await test.storage.clients.list('default', 2000)).toHaveLength(20);
    expect((await register({ redirect_uris }, '203.0.113.1')).status).toBe(201);
    expect((await redeemFor(test, 'pub')).status).toBe(200);
  });

  it('DC-04 forgets after 24 hours who was never used, and nobody else', async () => {
    const clientIds: string[] = [];
    for (let index = 0; index < 20; index += 1) {
      const { client_id } = await registered({ redirect_uris, token_endpoint_auth_method: 'none' });
      clientIds.push(String(client_id));
    }
    const [used = ''] = clientIds;
    expect((await redeemFor(test, used)).status).toBe(200);
    const left = async () => (await test.storage.clients.list('default', 100)).map(({ clientId }) => clientId);
    await test.storage.sweep('default', test.clock.now + 86_399);
    expect(await left()).toHaveLength(20);
    await test.storage.sweep('default', test.clock.now + 86_400);
    expect(await left()).toEqual([used]);
  });
});

it('keeps the application_type that a client says, and guesses it otherwise (SEP-837)', async () => {
  const typeOf = async (body: object) => (await registered(body))['application_type'];
  expect(await typeOf({ redirect_uris, application_type: 'native' })).toBe('native');
  expect(await typeOf({ redirect_uris: ['http://127.0.0.1/cb'], application_type: 'web' })).toBe('web');
  expect(await typeOf({ redirect_uris })).toBe('web');
  expect(await typeOf({ redirect_uris: ['http://127.0.0.1/cb'] })).toBe('native');
  await expectRefusal(await register({ redirect_uris, application_type: 'x' }), 400, 'invalid_client_metadata');
});

it('is not there when the operator turned it off', async () => {
  test = await startTestServer({ dynamicRegistration: false });
  expect((await register({ redirect_uris })).status).toBe(404);
  expect(test.server.handles('/register')).toBe(false);
  const metadata = await test.send('/.well-known/oauth-authorization-server');
  expect(await metadata.json()).not.toHaveProperty('registration_endpoint');
});

it('F-03 records what a store that is busy refuses as a registration', async () => {
  test.storage.clients.register = async () => {
    throw new StorageUnavailableError('The database was locked');
  };
  await expectRefusal(await register({ redirect_uris }), 503, 'temporarily_unavailable');
  expect(test.events.at(-1)).toMatchObject({ type: 'client.registration_refused', reason: 'storage_unavailable' });
});
