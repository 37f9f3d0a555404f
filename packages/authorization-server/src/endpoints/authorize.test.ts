import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, encodeForm, FILES, type Form, ISSUER, MAIL, resources } from '../testing/fixtures.js';
import { GOOD_REQUEST } from '../testing/test-browser.js';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer({}, createMemoryStorage(), DOCUMENT_PORTS);
});

const authorize = (query: string) => test.send(`/authorize?${query}`);
const request = (changes: Form) => authorize(encodeForm({ ...GOOD_REQUEST, ...changes }));

/** RDR x: to the registered redirect, with state and issuer; no transaction, one event. */
function expectRedirect(response: Response, error: string, state: string | null = GOOD_REQUEST.state): void {
  expect(response.status).toBe(303);
  const location = new URL(response.headers.get('location') ?? '');
  expect(location.origin + location.pathname).toBe('https://app.test/cb');
  expect(location.searchParams.get('error')).toBe(error);
  expect(location.searchParams.get('state')).toBe(state);
  expect(location.searchParams.get('iss')).toBe(ISSUER);
  expect(location.searchParams.get('code')).toBeNull();
  expect(response.headers.get('set-cookie')).toBeNull();
  expect(test.events.filter((event) => event.type === 'authorization.refused')).toHaveLength(1);
}

/** PAGE: 400 HTML, nowhere to go. The text without its correlation id. */
async function expectErrorPage(response: Response): Promise<unknown> {
  expect(response.status).toBe(400);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('refresh')).toBeNull();
  expect(response.headers.get('set-cookie')).toBeNull();
  const shown = await readPage(response);
  expect(shown.page).toBe('error');
  return { ...shown.model, correlationId: undefined };
}

it('sends a good request to the transaction page of this browser', async () => {
  const response = await request({});
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(/^\/interaction\?transaction=pct_[A-Za-z0-9_-]{43}$/);
  expect(response.headers.getSetCookie()).toEqual([
    expect.stringMatching(
      /^__Host-portcullis-browser-[A-Za-z0-9_-]{11}=pcb_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
    ),
  ]);
  expect(test.events.map((event) => event.type)).toContain('authorization.requested');
});

it('takes the form variant by going on as a GET', async () => {
  const response = await test.postForm('/authorize', GOOD_REQUEST);
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toBe(`/authorize?${encodeForm(GOOD_REQUEST)}`);
  const followed = await test.send(response.headers.get('location') ?? '');
  expect(followed.headers.get('location')).toMatch(/^\/interaction\?/);
});

it('AZ-14 puts nothing into the address that a form brought and the endpoint does not read', async () => {
  const form = { ...GOOD_REQUEST, client_secret: 'CANARY', client_assertion: 'CANARY', password: 'CANARY' };
  const response = await test.postForm('/authorize?code=CANARY', form);
  expect(response.status).toBe(303);
  const location = response.headers.get('location') ?? '';
  expect(location).not.toContain('CANARY');
  expect((await test.send(location)).headers.get('location')).toMatch(/^\/interaction\?/);
});

it('AZ-13 refuses what a form repeats, though the endpoint does not read it', async () => {
  const goesOn = await test.postForm('/authorize', { ...GOOD_REQUEST, client_secret: ['CANARY', 'CANARY'] });
  expectRedirect(await test.send(goesOn.headers.get('location') ?? ''), 'invalid_request');
});

it('GW-20 refuses a form on the page that would be too long for the address it goes on at', async () => {
  const state = (length: number) => test.postForm('/authorize', { ...GOOD_REQUEST, state: '\u00fc'.repeat(length) });
  expect((await state(1200)).headers.get('location')?.length).toBeLessThan(8192);
  const refused = await state(2300);
  expect([refused.status, refused.headers.get('location')]).toEqual([413, null]);
  expect((await readPage(refused)).page).toBe('error');
  expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'request_too_long' });
});

it('says of a form with a content coding that none is taken (RFC 9110 §12.5.3)', async () => {
  const refused = await test.postForm('/authorize', GOOD_REQUEST, { 'content-encoding': 'gzip' });
  expect([refused.status, refused.headers.get('accept-encoding')]).toEqual([415, 'identity']);
  expect((await readPage(refused)).page).toBe('error');
  const other = await test.postForm('/authorize', GOOD_REQUEST, { 'content-type': 'text/plain' });
  expect([other.status, other.headers.get('accept-encoding')]).toEqual([415, null]);
});

describe.each(['pub', 'bas'])('AZ-01 PKCE with S256 is mandatory for %s', (client_id) => {
  it.each<[string, Form]>([
    ['no challenge', { code_challenge: undefined }],
    ['plain', { code_challenge_method: 'plain' }],
    ['no method', { code_challenge_method: undefined }],
    ['s256', { code_challenge_method: 's256' }],
    ['S512', { code_challenge_method: 'S512' }],
    ['42 characters', { code_challenge: 'a'.repeat(42) }],
    ['129 characters', { code_challenge: 'a'.repeat(129) }],
    ['43 characters that no hash has', { code_challenge: `${'a'.repeat(42)}h` }],
    ['a plus sign', { code_challenge: `${'a'.repeat(42)}+` }],
  ])('refuses %s', async (_title, changes) => {
    expectRedirect(await request({ client_id, ...changes }), 'invalid_request');
  });
});

describe('AZ-07 the redirect URI is compared as a string', () => {
  it.each([
    'https://app.test/cb/',
    'https://app.test/CB',
    'https://app.test/cb?x=1',
    'https://app.test/cb#f',
    'https://app.test:443/cb',
    'https://APP.test/cb',
    'https://app.test/%63b',
    'https://app.test/x/../cb',
    'https://app.test/cb%2f..',
    'https://app.test/..;/cb',
    'https://app.test.evil.test/cb',
    'https://app.test@evil.test/cb',
    'https://app.test\\@evil.test/cb',
    'https://app.test/cb ',
    'https://app.test/cb\t',
    'https://app.test/cb\n',
    'https://app.test/cb\0',
    '//app.test/cb',
    'https:app.test/cb',
  ])('AZ-07 answers %j on a page', async (redirect_uri) => {
    await expectErrorPage(await request({ redirect_uri }));
  });
});

describe('AZ-08 loopback redirects', () => {
  it.each(['http://127.0.0.1:1/cb', 'http://localhost:51234/cb', 'http://[::1]:65535/cb', 'http://127.0.0.1/cb'])(
    'accepts %s and ends there',
    async (redirect_uri) => {
      const location = await test.newBrowser().approve({ client_id: 'nat', redirect_uri });
      expect(location.href.startsWith(`${redirect_uri}?code=pcc_`)).toBe(true);
    },
  );

  it.each([
    'https://127.0.0.1/cb',
    'http://127.0.0.2/cb',
    'http://127.1/cb',
    'http://0x7f.0.0.1/cb',
    'http://127.000.000.001/cb',
    'http://LOCALHOST/cb',
    'http://localhost./cb',
    'http://127.0.0.1/other',
    'http://127.0.0.1/cb?x=1',
    'http://127.0.0.1:0/cb',
    'http://127.0.0.1:65536/cb',
  ])('AZ-08 answers %s on a page', async (redirect_uri) => {
    await expectErrorPage(await request({ client_id: 'nat', redirect_uri }));
  });
});

it.each([
  'javascript:alert(1)',
  'JaVaScRiPt:alert(1)',
  '\x01javascript:x',
  'java\nscript:x',
  'data:text/html,x',
  'file:///etc/passwd',
  'vbscript:x',
  'blob:https://app.test/1',
  'about:blank',
  'myapp:/cb',
  'com.example.app:/cb',
])('AZ-09 answers %j on a page', async (redirect_uri) => {
  await expectErrorPage(await request({ redirect_uri }));
});

it('AZ-10 answers an unknown client and a foreign redirect with the same page', async () => {
  const evil = { redirect_uri: 'https://evil.test', error: '<b>x' };
  const unknown = await expectErrorPage(await request({ client_id: 'x', ...evil }));
  const foreign = await expectErrorPage(await request(evil));
  expect(unknown).toEqual(foreign);
  expect(JSON.stringify(unknown)).not.toContain('evil.test');
  expect(test.events.map((event) => event.reason)).toEqual(
    expect.arrayContaining(['client_unknown', 'redirect_uri_not_registered']),
  );
});

describe('AZ-11 a client nobody vouched for', () => {
  const forced: [string, Form, string][] = [
    ['a bad scope', { scope: 'a"b' }, 'invalid_scope'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
  ];
  const register = async (): Promise<Form> => {
    const metadata = { redirect_uris: ['https://evil.test/cb'], token_endpoint_auth_method: 'none' };
    const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
    return { client_id, redirect_uri: 'https://evil.test/cb' };
  };

  const describeIt = async (): Promise<Form> => {
    await describeClient(test, 'first', { redirectUris: ['https://evil.test/cb'] });
    return { ...DESCRIBED, redirect_uri: 'https://evil.test/cb' };
  };

  describe.each([
    ['that registered itself', register],
    ['that a document describes', describeIt],
  ])('%s', (_kind, known) => {
    it.each(forced)('AZ-11 gets no automatic redirect for %s', async (_title, changes, error) => {
      const response = await request({ ...(await known()), ...changes });
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      const { page, model } = await readPage(response);
      expect({ page, host: model.goesTo.host }).toEqual({ page: 'untrustedRedirect', host: 'evil.test' });
      expect(new URL(model.location).searchParams.get('error')).toBe(error);
    });

    it.each(forced.slice(0, 3))(
      'AZ-11 is redirected for %s once this user has consented',
      async (_title, changes, error) => {
        const client = await known();
        const browser = test.newBrowser();
        await browser.approve(client);
        const failing = `/authorize?${encodeForm({ ...GOOD_REQUEST, ...client, ...changes })}`;
        const response = await browser.get(failing);
        expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe(error);
        expect((await test.newBrowser().get(failing)).status).toBe(400);
      },
    );
  });

  it.each(forced)('AZ-11 does not mean one that the operator registered: %s', async (_title, changes, error) => {
    const client = configuredClient('cli', { source: 'registered' });
    const occurredAtEpochSeconds = test.clock.now;
    const event = { type: 'client.added', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds } as const;
    await test.storage.clients.register(client, event);
    expectRedirect(await request({ client_id: 'cli', ...changes }), error);
  });

  it('AZ-11 is redirected once this user has consented, and only for this user', async () => {
    const client = await register();
    const browser = test.newBrowser();
    const location = await browser.approve(client);
    const failing = `/authorize?${encodeForm({ ...GOOD_REQUEST, ...client, prompt: 'none' })}`;
    const { client_id, redirect_uri } = client;
    const code = location.searchParams.get('code') ?? '';
    const redeemed = await test.postForm('/token', {
      grant_type: 'authorization_code',
      client_id,
      redirect_uri,
      code,
      code_verifier: 'v'.repeat(43),
    });
    expect(redeemed.status).toBe(200);
    const response = await browser.get(failing);
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('consent_required');
    expect((await test.newBrowser().get(failing)).status).toBe(400);
  });
});

it.each(['token', 'id_token', 'code token', 'CODE'])('AZ-12 refuses response_type=%s', async (response_type) => {
  expectRedirect(await request({ response_type }), 'unsupported_response_type');
});

describe('AZ-13 repeated and strange parameters', () => {
  it.each(['client_id', 'redirect_uri'] as const)('AZ-13 answers a repeated %s on a page', async (name) => {
    await expectErrorPage(await request({ [name]: [GOOD_REQUEST[name], GOOD_REQUEST[name]] }));
  });

  it.each(['code_challenge', 'scope', 'response_type'] as const)('AZ-13 refuses a repeated %s', async (name) => {
    expectRedirect(await request({ [name]: [GOOD_REQUEST[name], GOOD_REQUEST[name]] }), 'invalid_request');
  });

  it('AZ-13 lets resource and audience repeat, and no other', async () => {
    const repeated = await request({ resource: [FILES, FILES], audience: ['a', 'b'] });
    expect(repeated.headers.get('location')).toMatch(/^\/interaction/);
  });

  it('AZ-13 refuses a repeated state and sends none of them back', async () => {
    expectRedirect(await request({ state: ['a', 'b'] }), 'invalid_request', null);
  });

  it('AZ-13 refuses a state that is no UTF-8, and sends back none that nobody sent', async () => {
    const { state: _state, ...rest } = GOOD_REQUEST;
    for (const state of ['%ff', 'a%c3']) {
      const response = await authorize(`${encodeForm(rest)}&state=${state}`);
      expectRedirect(response, 'invalid_request', null);
      expect(test.events.splice(0).at(-1)).toMatchObject({ reason: 'malformed_encoding' });
      const form = { 'content-type': 'application/x-www-form-urlencoded' };
      const body = `${encodeForm(rest)}&state=${state}`;
      const goesOn = await test.send('/authorize', { method: 'POST', headers: form, body });
      expectRedirect(await test.send(goesOn.headers.get('location') ?? ''), 'invalid_request', null);
      test.events.length = 0;
    }
  });

  it('AZ-13 answers a redirect_uri that is no UTF-8 on a page', async () => {
    const { redirect_uri: _uri, ...rest } = GOOD_REQUEST;
    await expectErrorPage(await authorize(`${encodeForm(rest)}&redirect_uri=https%3A%2F%2Fapp.test%2Fcb%ff`));
    expect(test.events.at(-1)).toMatchObject({ reason: 'redirect_uri_malformed' });
  });

  it('gives a state back that has U+FFFD in it', async () => {
    expectRedirect(await request({ state: 'a\ufffdb', scope: 'no:such' }), 'invalid_scope', 'a\ufffdb');
    expect((await test.newBrowser().approve({ state: 'a\ufffdb' })).searchParams.get('state')).toBe('a\ufffdb');
  });

  it.each(['a[]=1', 'a[b]=1', 'scope[]=files:read'])('AZ-13 refuses %s', async (extra) => {
    expectRedirect(await authorize(`${encodeForm(GOOD_REQUEST)}&${extra}`), 'invalid_request');
  });

  it('AZ-13 refuses more than 100 parameters', async () => {
    const extra = Array.from({ length: 101 }, (_, index) => `p${index}=1`).join('&');
    expectRedirect(await authorize(`${encodeForm(GOOD_REQUEST)}&${extra}`), 'invalid_request');
  });

  it('AZ-13 treats an empty value as absent', async () => {
    expectRedirect(await request({ response_type: '' }), 'invalid_request');
    expect((await request({ scope: '', prompt: '' })).headers.get('location')).toMatch(/^\/interaction/);
  });
});

it.each<[string, Form, string]>([
  ['another resource', { resource: 'https://gate.test/other/mcp' }, 'invalid_target'],
  ['two resources', { resource: [FILES, MAIL] }, 'invalid_target'],
  ['no resource where there are two', { resource: undefined }, 'invalid_target'],
  ['a malformed scope', { scope: 'a  b' }, 'invalid_scope'],
  ['unknown scopes only', { scope: 'openid admin' }, 'invalid_scope'],
  ['a request object', { request: 'x' }, 'request_not_supported'],
  ['another response mode', { response_mode: 'fragment' }, 'invalid_request'],
  ['prompt=none', { prompt: 'none' }, 'login_required'],
  ['prompt=none with another', { prompt: 'none login' }, 'invalid_request'],
  ['a max_age that is no number', { max_age: '-1' }, 'invalid_request'],
])('refuses %s', async (_title, changes, error) => {
  expectRedirect(await request(changes), error);
});

it('says that the resource is missing where there are several, and not that it cannot be granted', async () => {
  const described = async (resource: string | undefined) =>
    new URL((await request({ resource })).headers.get('location') ?? '').searchParams.get('error_description');
  expect(await described(undefined)).toMatch(/^The resource parameter is missing\. .* several resources here\.$/);
  expect(await described('https://gate.test/other/mcp')).toBe('The resource is not one that can be granted.');
});

it('refuses a state that is too long, and sends it back as it came', async () => {
  const state = 'x'.repeat(2049);
  expectRedirect(await request({ state }), 'invalid_request', state);
});

it('takes the only resource, the only redirect and the default scopes when none is named', async () => {
  test = await startTestServer({ resources: resources.slice(0, 1) });
  const browser = test.newBrowser();
  const consent = await browser.reachConsent({ resource: undefined, scope: undefined, redirect_uri: undefined });
  const { model } = await readPage(consent);
  expect(model.resource).toBe(FILES);
  expect(model.scopes).toEqual([{ name: 'files:read', description: 'use files:read' }]);
  expect(model.client.goesTo.host).toBe('app.test');
});

it('folds scheme and host of a resource, and accepts it twice', async () => {
  const resource = ['HTTPS://GATE.test/files/mcp', FILES];
  expect((await request({ resource })).headers.get('location')).toMatch(/^\/interaction/);
});

it('G5 tells a browser nothing of a transaction that is unknown or began elsewhere', async () => {
  const started = await request({});
  const unknown = await test.newBrowser().get('/interaction?transaction=pct_x');
  const foreign = await test.newBrowser().get(started.headers.get('location') ?? '');
  expect(await expectErrorPage(unknown)).toEqual(await expectErrorPage(foreign));
});

it('CB-01 shows a transaction to no other browser, though that one has a cookie and a session of its own', async () => {
  const started = await test.newBrowser().get(`/authorize?${encodeForm(GOOD_REQUEST)}`);
  const other = test.newBrowser();
  await other.reachConsent({}, 'bob');
  await expectErrorPage(await other.get(started.headers.get('location') ?? ''));
  expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'other_browser' });
});

it('lets a transaction expire', async () => {
  const browser = test.newBrowser();
  const started = await browser.get(`/authorize?${encodeForm(GOOD_REQUEST)}`);
  test.clock.now += 600;
  await expectErrorPage(await browser.follow(started));
});
