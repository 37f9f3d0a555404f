import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { jwksOf, KEYS } from '../testing/client-assertions.js';
import { configuredClient, FILES, type Form, ISSUER, SECRET } from '../testing/fixtures.js';
import { consentForm } from '../testing/test-browser.js';
import { claimsOf, expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { addResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const REDIRECT = 'https://app.test/cb';
const METADATA = { redirect_uris: [REDIRECT], token_endpoint_auth_method: 'none', client_name: 'An app' };
const NO_LIMIT = {
  registrationPerNetwork: { name: 'registration_per_network', points: 1000, windowSeconds: 60 },
  registrationManagement: { name: 'registration_management', points: 1000, windowSeconds: 60 },
};

/** What a client has after it registered. */
interface Registered {
  readonly client_id: string;
  readonly client_secret?: string;
  readonly registration_access_token: string;
  readonly registration_client_uri: string;
}

let test: TestServer;
let own: Registered;
beforeEach(async () => {
  test = await startTestServer({ rateLimits: NO_LIMIT });
  own = await register();
});

async function register(changes: object = {}, at = test, path = '/register'): Promise<Registered> {
  const response = await at.postJson(path, { ...METADATA, ...changes });
  expect(response.status).toBe(201);
  return (await response.json()) as Registered;
}

/** How a request to the configuration endpoint differs from a good one of `own`. */
interface Sent {
  readonly of?: Registered;
  readonly token?: string;
  readonly body?: unknown;
  readonly at?: TestServer;
}
const send = (method: string, { of = own, token, body, at = test }: Sent = {}) =>
  at.send(of.registration_client_uri.slice(ISSUER.length), {
    method,
    headers: {
      authorization: `Bearer ${token ?? of.registration_access_token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const put = (changes: object, of = own) =>
  send('PUT', { of, body: { ...METADATA, client_id: of.client_id, ...changes } });
const read = async (response: Response) => (await response.json()) as Record<string, unknown>;
const stored = (of = own) => test.storage.clients.find('default', of.client_id);
const eventsOf = (type: string) => test.events.filter((event) => event.type === type);

/** 401 `invalid_token`, with a challenge and one event. */
async function expectUnknown(response: Response, reason: string): Promise<void> {
  expect(response.headers.get('www-authenticate')).toBe(
    reason === 'registration_token_missing' ? 'Bearer' : 'Bearer error="invalid_token"',
  );
  await expectRefusal(response, 401, 'invalid_token');
  expect(test.events.at(-1)).toMatchObject({ outcome: 'refused', reason });
}

describe('a registration', () => {
  it('comes with the way to manage it, and the token is kept as its hash alone', async () => {
    expect(own).toMatchObject({
      registration_access_token: expect.stringMatching(/^pcm_[A-Za-z0-9_-]{43}$/),
      registration_client_uri: `${ISSUER}/register/client?client_id=${own.client_id}`,
    });
    await send('GET');
    const kept = JSON.stringify([await stored(), test.events, test.storage.events]);
    expect(kept).not.toContain(own.registration_access_token);
  });

  it('is read as it was answered, without the secret', async () => {
    own = await register({ token_endpoint_auth_method: 'client_secret_basic' });
    const response = await send('GET');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const {
      client_secret: _secret,
      client_secret_expires_at: _end,
      ...rest
    } = own as Registered & { client_secret_expires_at: 0 };
    expect(await read(response)).toEqual(rest);
  });

  it('is replaced as a whole', async () => {
    own = await register({ client_uri: 'https://app.test/', grant_types: ['authorization_code'] });
    const response = await put({ client_name: 'Another name', application_type: 'native' });
    expect(response.status).toBe(200);
    const { client_secret: _none, ...issued } = own;
    const changed = {
      ...issued,
      client_name: 'Another name',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    };
    const { client_uri: _gone, ...expected } = changed as typeof changed & { client_uri?: string };
    expect(await read(response)).toEqual(expected);
    expect(await read(await send('GET'))).toEqual(expected);
    expect(eventsOf('client.registration_changed')).toMatchObject([{ clientId: own.client_id, outcome: 'allowed' }]);
  });

  it('is given a secret where it uses one now and had none, keeps it after that, and loses it with its use', async () => {
    const first = await read(await put({ token_endpoint_auth_method: 'client_secret_post' }));
    expect(first).toMatchObject({ client_secret: expect.stringMatching(/^pcs_/), client_secret_expires_at: 0 });
    const client = { client_id: own.client_id, client_secret: String(first['client_secret']) };
    const again = await read(await put({ token_endpoint_auth_method: 'client_secret_post', ...client }));
    expect(again).not.toHaveProperty('client_secret');
    const code = await obtainCode(test, { client_id: own.client_id });
    expect((await test.postForm('/token', redemption(code, client))).status).toBe(200);
    await put({});
    expect((await stored())?.clientSecretHash).toBeUndefined();
  });

  it('is deleted, and its token with it', async () => {
    const response = await send('DELETE');
    expect({ status: response.status, body: await response.text() }).toEqual({ status: 204, body: '' });
    expect(await stored()).toBeUndefined();
    expect(eventsOf('client.registration_deleted')).toMatchObject([{ clientId: own.client_id, clientName: 'An app' }]);
    for (const method of ['GET', 'DELETE']) await expectUnknown(await send(method), 'registration_token_unknown');
    await expectUnknown(await put({}), 'registration_token_unknown');
  });

  it('may be managed by scripts of any origin', async () => {
    const response = await test.send('/register/client', {
      method: 'OPTIONS',
      headers: { origin: 'https://app.test' },
    });
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, PUT, DELETE, OPTIONS');
    expect(response.headers.get('access-control-allow-headers')).toMatch(/Authorization, Content-Type/);
    expect((await send('GET')).headers.get('access-control-allow-origin')).toBe('*');
  });
});

describe('what was consented to', () => {
  let tokens: Tokens;
  const grant = async (of = own): Promise<void> => {
    const client = { client_id: of.client_id };
    tokens = (await (
      await test.postForm('/token', redemption(await obtainCode(test, client), client))
    ).json()) as Tokens;
  };
  const refresh = () => test.postForm('/token', refreshing(tokens.refresh_token, { client_id: own.client_id }));
  const isAlive = async (): Promise<boolean> => {
    const resourceServer = await addResourceServer(test, FILES);
    return (await resourceServer.ask(tokens.access_token))['active'] === true;
  };

  it.each<[string, object]>([
    ['another redirect URI', { redirect_uris: [REDIRECT, 'https://app.test/other'] }],
    ['another name', { client_name: 'Your bank' }],
    ['another page', { client_uri: 'https://app.test/' }],
    ['keys', { token_endpoint_auth_method: 'private_key_jwt', jwks: JSON.parse(jwksOf(KEYS.ES256)) }],
    ['a secret', { token_endpoint_auth_method: 'client_secret_basic' }],
  ])('ends where the client has %s: tokens, codes and open pages', async (_title, changes) => {
    await grant();
    const code = await obtainCode(test, { client_id: own.client_id });
    const browser = test.newBrowser();
    const open = await consentForm(await browser.reachConsent({ client_id: own.client_id }));
    expect((await put(changes)).status).toBe(200);
    expect(await isAlive()).toBe(false);
    expect(test.storage.events.filter(({ type }) => type === 'client.registration_changed')).toHaveLength(1);
    expect((await put({})).status).toBe(200);
    await expectRefusal(await refresh(), 400, 'invalid_grant');
    const redeemed = await test.postForm('/token', redemption(code, { client_id: own.client_id }));
    await expectRefusal(redeemed, 400, 'invalid_grant');
    expect((await readPage(await browser.submit(open))).page).toBe('error');
  });

  it('goes on where nothing of that changed', async () => {
    own = await register({ redirect_uris: [REDIRECT, 'https://app.test/other'] });
    await grant();
    const redirect_uris = ['https://app.test/other', REDIRECT];
    expect((await put({ redirect_uris, application_type: 'native', dpop_bound_access_tokens: false })).status).toBe(
      200,
    );
    expect(await isAlive()).toBe(true);
    expect((await refresh()).status).toBe(200);
  });

  it('ends with the registration', async () => {
    await grant();
    await send('DELETE');
    await expectRefusal(await refresh(), 401, 'invalid_client');
    expect(await isAlive()).toBe(false);
  });
});

describe('DC-06 changes that are refused', () => {
  it.each<[string, unknown]>([
    ['the client_id of another client', { client_id: 'client_x' }],
    ['no client_id', { client_id: undefined }],
    ['a client_id that is no text', { client_id: 7 }],
    ['a secret of its own choice', { client_secret: 'chosen' }],
    ['a secret that is no text', { client_secret: ['x'] }],
    ['a registration_access_token', { registration_access_token: 'x' }],
    ['a registration_client_uri', { registration_client_uri: 'https://app.test/' }],
    ['a client_id_issued_at', { client_id_issued_at: 1 }],
    ['a client_secret_expires_at', { client_secret_expires_at: 0 }],
    ['a method that there is not', { token_endpoint_auth_method: 'tls_client_auth' }],
    [
      'keys that are private',
      { token_endpoint_auth_method: 'private_key_jwt', jwks: { keys: [KEYS.ES256.privateJwk] } },
    ],
  ])('DC-06 %s', async (_title, changes) => {
    const before = await stored();
    await expectRefusal(await put(changes as object), 400, 'invalid_client_metadata');
    expect(await stored()).toEqual(before);
    expect(test.events.at(-1)).toMatchObject({ type: 'client.registration_refused', clientId: own.client_id });
  });

  it.each<[string, string | object, number, string]>([
    ['no redirect URIs', { redirect_uris: [] }, 400, 'invalid_redirect_uri'],
    ['redirect URIs that are not allowed', { redirect_uris: ['javascript:x'] }, 400, 'invalid_redirect_uri'],
    ['a query with code', { redirect_uris: ['https://app.test/cb?code=x'] }, 400, 'invalid_redirect_uri'],
    ['a software statement that is none', { software_statement: 'x' }, 400, 'invalid_software_statement'],
    ['a list', '[]', 400, 'invalid_client_metadata'],
    ['no JSON', 'x', 400, 'invalid_client_metadata'],
    ['a member twice', '{"client_id":"x","client_id":"y"}', 400, 'invalid_client_metadata'],
    ['more than 16 KiB', { client_name: 'x'.repeat(17 * 1024) }, 413, 'invalid_client_metadata'],
  ])('DC-06 %s', async (_title, body, status, error) => {
    const response = typeof body === 'string' ? send('PUT', { body }) : put(body);
    await expectRefusal(await response, status, error);
    expect(eventsOf('client.registration_changed')).toEqual([]);
  });

  it('DC-06 a form', async () => {
    const headers = { authorization: `Bearer ${own.registration_access_token}`, 'content-type': 'text/plain' };
    const path = own.registration_client_uri.slice(ISSUER.length);
    await expectRefusal(await test.send(path, { method: 'PUT', headers, body: '{}' }), 415, 'invalid_client_metadata');
  });

  it('DC-03 DC-06 a change to grants that it may not have is one to those that it may, and says so', async () => {
    const changed = await put({ grant_types: ['client_credentials'] });
    expect([changed.status, await changed.json()]).toMatchObject([
      200,
      { grant_types: ['authorization_code', 'refresh_token'] },
    ]);
    expect((await stored())?.grantTypes).toEqual(['authorization_code', 'refresh_token']);
  });

  it('DC-06 ignores what is not the client to say, in a change as in a registration', async () => {
    const privileged = {
      tenant_id: 'b',
      source: 'configured',
      scope: 'files:write admin',
      scopes: ['files:write'],
      consent_required: false,
      token_exchange: { subject_resources: [FILES], target_resources: [FILES] },
      grant_types: ['authorization_code', 'client_credentials', 'urn:ietf:params:oauth:grant-type:token-exchange'],
      registrationTokenHash: 'x',
      created_at: 1,
    };
    const before = await stored();
    expect((await put(privileged)).status).toBe(200);
    expect(await stored()).toEqual({ ...before, grantTypes: ['authorization_code'] });
  });
});

describe('DC-06 tokens that are not the one', () => {
  it.each(['GET', 'PUT', 'DELETE'])(
    "DC-06 %s with A's token on B's URL: 401, and A's token is taken back",
    async (method) => {
      const other = await register();
      const body = method === 'PUT' ? { ...METADATA, client_id: other.client_id } : undefined;
      const token = own.registration_access_token;
      await expectUnknown(await send(method, { of: other, token, body }), 'registration_token_of_other_client');
      expect(eventsOf('client.registration_token_revoked')).toMatchObject([{ clientId: own.client_id }]);
      expect(test.storage.events.at(-1)).toMatchObject({ type: 'client.registration_token_revoked' });
      await expectUnknown(await send('GET'), 'registration_token_unknown');
      expect((await send('GET', { of: other })).status).toBe(200);
      const code = await obtainCode(test, { client_id: own.client_id });
      expect((await test.postForm('/token', redemption(code, { client_id: own.client_id }))).status).toBe(200);
    },
  );

  it('DC-06 on the URL of a client that there is not: the same', async () => {
    const nobody = { ...own, registration_client_uri: `${ISSUER}/register/client?client_id=client_nobody` };
    await expectUnknown(await send('GET', { of: nobody }), 'registration_token_of_other_client');
    await expectUnknown(await send('GET'), 'registration_token_unknown');
  });

  it('G5 says the same of a token that there is not and of one that is not for this client', async () => {
    const other = await register();
    const answers = [
      await send('GET', { token: 'pcm_x' }),
      await send('GET', { of: other, token: own.registration_access_token }),
    ];
    const [unknown, foreign] = await Promise.all(
      answers.map(async (answer) => ({
        status: answer.status,
        headers: [...answer.headers],
        body: await answer.text(),
      })),
    );
    expect(unknown).toEqual(foreign);
  });

  it.each<[string, Record<string, string>, string, string]>([
    ['none', {}, '', 'registration_token_missing'],
    ['it in the query', {}, '&access_token=', 'registration_token_missing'],
    ['another scheme', { authorization: 'Basic ' }, '', 'registration_token_missing'],
    ['two in one header', { authorization: 'Bearer x, Bearer ' }, '', 'registration_token_missing'],
    ['an unknown one', { authorization: 'Bearer x' }, '', 'registration_token_unknown'],
  ])('DC-06 with %s: 401, and the right one works on', async (_title, headers, query, reason) => {
    const path = own.registration_client_uri.slice(ISSUER.length);
    const { registration_access_token: token } = own;
    const { authorization } = headers;
    const given =
      authorization === undefined ? {} : { authorization: authorization + (reason.endsWith('missing') ? token : '') };
    const response = await test.send(path + (query === '' ? '' : query + token), { headers: given });
    await expectUnknown(response, reason);
    expect((await send('GET')).status).toBe(200);
  });

  it.each(['', '?client_id=', '?client_id=a&client_id=b'])(
    'without a client in the query "%s": 401, and nothing is taken back',
    async (query) => {
      const headers = { authorization: `Bearer ${own.registration_access_token}` };
      await expectUnknown(await test.send(`/register/client${query}`, { headers }), 'registration_client_missing');
      expect((await send('GET')).status).toBe(200);
    },
  );

  it.each<[string, () => Promise<string>]>([
    ['an access token', async () => (await granted()).access_token],
    ['a refresh token', async () => (await granted()).refresh_token],
    ['a client secret', async () => SECRET],
  ])('is not %s', async (_title, make) => {
    await expectUnknown(await send('GET', { token: await make() }), 'registration_token_unknown');
  });

  async function granted(): Promise<Tokens> {
    const client: Form = { client_id: own.client_id };
    const response = await test.postForm('/token', redemption(await obtainCode(test, client), client));
    const tokens = (await response.json()) as Tokens;
    expect(claimsOf(tokens.access_token)['client_id']).toBe(own.client_id);
    return tokens;
  }

  it('TN-02 is unknown to another tenant, and stays good in its own', async () => {
    const storage = createMemoryStorage();
    const tenant = (tenantId: string) =>
      startTestServer(
        { tenantId, issuer: `${ISSUER}/t/${tenantId}`, configuredClients: [configuredClient('pub', { tenantId })] },
        storage,
      );
    const [a, b] = [await tenant('a'), await tenant('b')];
    own = await register({}, a, '/t/a/register');
    test = b;
    const foreign = { ...own, registration_client_uri: own.registration_client_uri.replace('/t/a/', '/t/b/') };
    for (const method of ['GET', 'DELETE'])
      await expectUnknown(await send(method, { of: foreign }), 'registration_token_unknown');
    await expectUnknown(await put({}, foreign), 'registration_token_unknown');
    expect((await send('GET', { at: a })).status).toBe(200);
  });
});

it('DC-06 ends well when changes and a deletion come at once: what is gone stays gone', async () => {
  const code = await obtainCode(test, { client_id: own.client_id });
  const answers = await Promise.all([
    ...['A', 'B', 'C'].map((client_name) => put({ client_name })),
    send('DELETE'),
    ...['D', 'E'].map((client_name) => put({ client_name })),
    send('DELETE'),
  ]);
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  expect(new Set(statuses)).toEqual(new Set([...statuses.filter((status) => status === 200), 204, 401]));
  expect(await stored()).toBeUndefined();
  expect((await test.postForm('/token', redemption(code, { client_id: own.client_id }))).status).toBe(401);
});

describe('GW-17 how often a registration may be asked about', () => {
  const POINTS = 20;
  async function expectLimited(response: Response): Promise<void> {
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    await expectRefusal(response, 429, 'temporarily_unavailable');
    expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: 'registration_management' });
  }
  const useUp = async (ask: () => Promise<Response>, status: number) => {
    for (let index = 0; index < POINTS; index += 1) expect((await ask()).status).toBe(status);
  };

  beforeEach(async () => {
    test = await startTestServer();
    own = await register();
  });

  it('GW-17 counts for its token, whatever is done with it, until the window ends', async () => {
    await useUp(() => send('GET'), 200);
    await expectLimited(await send('PUT', { body: METADATA }));
    await expectLimited(await send('DELETE'));
    expect(await stored()).toBeDefined();
    test.clock.now += 60;
    expect((await send('GET')).status).toBe(200);
  });

  it('GW-17 is no affair of others on its network, who register, guess, or come without a token', async () => {
    const other = await register();
    for (let index = 2; index < POINTS; index += 1) await register();
    await expectRefusal(await test.postJson('/register', METADATA), 429, 'temporarily_unavailable');
    await useUp(() => send('GET', { token: 'x' }), 401);
    await expectLimited(await send('GET', { token: 'x' }));
    await useUp(() => send('GET', { of: other }), 200);
    const without = () => test.send(`/register/client?client_id=${own.client_id}`);
    await useUp(without, 401);
    await expectLimited(await without());
    expect((await send('GET')).status).toBe(200);
  });
});

it.each([{ registrationManagement: false }, { dynamicRegistration: false }])(
  'DC-06 is not there with %j',
  async (off) => {
    test = await startTestServer(off, test.storage);
    for (const method of ['GET', 'PUT', 'DELETE']) expect((await send(method)).status).toBe(404);
    expect(await stored()).toBeDefined();
  },
);
