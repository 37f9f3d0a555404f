import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, conf, ownName, signAssertion } from '../testing/client-assertions.js';
import { clients, configuredClient, encodeForm, FILES, type Form, ISSUER, MAIL, SECRET } from '../testing/fixtures.js';
import { consentForm, GOOD_REQUEST } from '../testing/test-browser.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer({
    configuredClients: [...clients, conf, configuredClient('own', { requirePushedAuthorizationRequests: true })],
  });
});

const basic = (secret: string) => ({ authorization: `Basic ${btoa(`bas:${secret}`)}` });
const push = (changes: Form = {}, headers: Record<string, string> = {}) =>
  test.postForm('/par', { ...GOOD_REQUEST, ...changes }, headers);

/** The `request_uri` of an accepted push. */
async function pushed(changes: Form = {}, headers: Record<string, string> = {}): Promise<string> {
  const response = await push(changes, headers);
  expect(response.status).toBe(201);
  return ((await response.json()) as { request_uri: string }).request_uri;
}

/** What a browser opens. */
const begin = (request_uri: string | readonly string[], client_id: string | undefined = 'pub', more: Form = {}) =>
  `/authorize?${encodeForm({ client_id, request_uri, ...more })}`;

const stored = (requestUri: string) =>
  test.storage.pushedRequests.find('default', test.ports.platform.hash(requestUri));

/** PAGE: 400, nowhere to go, the same for all. */
async function expectInvalid(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  for (const header of ['location', 'refresh', 'set-cookie']) expect(response.headers.get(header)).toBeNull();
  const { page, model } = await readPage(response);
  expect({ page, ...model, correlationId: '' }).toEqual({
    page: 'error',
    status: 400,
    title: 'This request is no longer valid',
    summary: 'It was answered before, took too long, or is not one of ours. Start again from the application.',
    code: 'invalid_request_uri',
    correlationId: '',
  });
  expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', outcome: 'refused' });
}
const lastReason = () => test.events.at(-1)?.reason;

/** Goes on to a code, as alice. */
async function approve(path: string, browser = test.newBrowser()): Promise<Response> {
  const page = await browser.follow(await browser.get(path));
  const consent = (await readPage(page.clone())).page === 'signIn' ? await browser.signIn(page) : page;
  return browser.submit(await consentForm(consent));
}
const codeOf = async (response: Response): Promise<string> =>
  new URL((await readPage(response)).model.location).searchParams.get('code') ?? '';

describe('a request that was pushed', () => {
  it('is answered with a reference that lives for a minute, and becomes a code', async () => {
    const response = await push();
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    const body = (await response.json()) as { request_uri: string };
    expect(body).toEqual({
      request_uri: expect.stringMatching(/^urn:ietf:params:oauth:request_uri:pcu_[A-Za-z0-9_-]{43}$/),
      expires_in: 60,
    });
    const answer = new URL((await readPage(await approve(begin(body.request_uri)))).model.location);
    expect(answer.origin + answer.pathname).toBe('https://app.test/cb');
    expect(answer.searchParams.get('state')).toBe(GOOD_REQUEST.state);
    const tokens = await test.postForm('/token', redemption(answer.searchParams.get('code') ?? ''));
    expect(await tokens.json()).toMatchObject({ scope: 'files:read files:write' });
  });

  it('G3 is nowhere but in its answer, and nothing that proves its client is kept', async () => {
    const requestUri = await pushed({ client_id: 'pst', client_secret: SECRET, nonce: 'n', scope: 'files:read' });
    const row = await stored(requestUri);
    expect(row).toMatchObject({ clientId: 'pst', expiresAtEpochSeconds: test.clock.now + 60, used: false });
    expect(JSON.stringify([row, test.events, test.storage.events])).not.toMatch(new RegExp(`${SECRET}|pcu_|nonce`));
    expect(test.events.map(({ type, clientId }) => ({ type, clientId }))).toEqual([
      { type: 'signing_key.created', clientId: undefined },
      { type: 'authorization_request.pushed', clientId: 'pst' },
    ]);
  });

  it.each<[string, Form, () => Record<string, string> | Promise<Form>, string]>([
    ['a secret in the header', { client_id: undefined }, () => basic(SECRET), 'bas'],
    ['a secret in the body', { client_id: 'pst', client_secret: SECRET }, () => ({}), 'pst'],
  ])('is taken from a client with %s', async (_title, changes, headers, clientId) => {
    const requestUri = await pushed(changes, (await headers()) as Record<string, string>);
    expect((await test.send(begin(requestUri, clientId))).status).toBe(303);
  });

  it('is taken from a client with an assertion, once', async () => {
    const assertion = ownName({ ...GOOD_REQUEST, ...assertionFields(await signAssertion(test)), client_id: undefined });
    const { grant_type: _none, ...form } = assertion;
    expect((await test.send(begin(await pushed(form), 'conf'))).status).toBe(303);
    await expectRefusal(await push(form), 401, 'invalid_client');
    expect(lastReason()).toBe('client_assertion_replayed');
  });

  it('AZ-13 may repeat audience, which nobody reads', async () => {
    expect((await push({ audience: ['a', 'b'] })).status).toBe(201);
  });

  it('stands alone: what else the browser says is not looked at (RFC 9126 §4)', async () => {
    const requestUri = await pushed();
    const noise = { redirect_uri: 'https://evil.test/', scope: 'a"b', state: ['x', 'y'], request: 'x', prompt: 'none' };
    const response = await approve(begin(requestUri, 'pub', noise));
    const answer = new URL((await readPage(response)).model.location);
    expect(answer.host).toBe('app.test');
    expect(answer.searchParams.get('state')).toBe(GOOD_REQUEST.state);
  });

  it('begins by a form as well', async () => {
    const form = { client_id: 'pub', request_uri: await pushed() };
    const response = await test.postForm('/authorize', form);
    const followed = await test.send(response.headers.get('location') ?? '');
    expect(followed.headers.get('location')).toMatch(/^\/interaction\?/);
  });

  it('is judged again in the browser, by the rules of then', async () => {
    const requestUri = await pushed();
    const stricter = await startTestServer(
      { configuredClients: [configuredClient('pub', { redirectUris: ['https://app.test/other'] })] },
      test.storage,
    );
    const response = await stricter.send(begin(requestUri));
    expect((await readPage(response)).model.code).toBe('invalid_client');
  });

  it('keeps its wish for a silent answer, which a stranger does not get', async () => {
    const response = await test.send(begin(await pushed({ prompt: 'none' })));
    expect(new URL(response.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
  });

  it('binds its code to the key that it names (RFC 9449 §10.1)', async () => {
    const dpop_jkt = 'k'.repeat(43);
    const requestUri = await pushed({ dpop_jkt });
    expect(await stored(requestUri)).toMatchObject({ dpopKeyThumbprint: dpop_jkt });
    const code = await codeOf(await approve(begin(requestUri)));
    const kept = await test.storage.codes.find('default', test.ports.platform.hash(code));
    expect(kept).toMatchObject({ dpopKeyThumbprint: dpop_jkt });
    await expectRefusal(await push({ dpop_jkt: 'k'.repeat(42) }), 400, 'invalid_request');
    expect(lastReason()).toBe('dpop_key_malformed');
  });
});

describe('PD-01 a request_uri that is not good', () => {
  it('PD-01 comes again after a code was issued, with that code alive', async () => {
    const requestUri = await pushed();
    const code = await codeOf(await approve(begin(requestUri)));
    await expectInvalid(await test.send(begin(requestUri)));
    expect(lastReason()).toBe('pushed_request_used');
    expect((await test.postForm('/token', redemption(code))).status).toBe(200);
  });

  it('PD-01 comes again after it was denied', async () => {
    const requestUri = await pushed();
    const browser = test.newBrowser();
    const consent = await browser.signIn(await browser.follow(await browser.get(begin(requestUri))));
    const denied = await browser.submit(await consentForm(consent, { decision: 'deny' }));
    expect((await readPage(denied)).model).toMatchObject({ outcome: 'denied' });
    await expectInvalid(await test.send(begin(requestUri)));
    expect(lastReason()).toBe('pushed_request_used');
  });

  it('PD-01 still works when the page is loaded again before consent; one of both pages yields the code', async () => {
    const requestUri = await pushed();
    const browser = test.newBrowser();
    const first = await browser.signIn(await browser.follow(await browser.get(begin(requestUri))));
    const forms = [
      await consentForm(first),
      await consentForm(await browser.follow(await browser.get(begin(requestUri)))),
    ];
    const answers = await Promise.all(forms.map((form) => browser.submit(form)));
    const pages = await Promise.all(answers.map(async (answer) => (await readPage(answer)).page));
    expect(pages.toSorted()).toEqual(['error', 'leaving']);
    expect(test.storage.events.filter(({ type }) => type === 'consent.granted')).toHaveLength(1);
  });

  it('PD-01 has expired after 60 s, not after 59', async () => {
    const requestUri = await pushed();
    test.clock.now += 59;
    expect((await test.send(begin(requestUri))).status).toBe(303);
    test.clock.now += 1;
    await expectInvalid(await test.send(begin(requestUri)));
    expect(lastReason()).toBe('pushed_request_expired');
  });

  it('PD-01 an expiry does not end the page that was opened before it', async () => {
    const browser = test.newBrowser();
    const consent = await browser.signIn(await browser.follow(await browser.get(begin(await pushed()))));
    test.clock.now += 300;
    expect((await readPage(await browser.submit(await consentForm(consent)))).page).toBe('leaving');
  });

  it.each(['nat', 'nobody', ''])(
    'PD-01 is of client A and used by client "%s", and still good for A',
    async (other) => {
      const requestUri = await pushed();
      await expectInvalid(await test.send(begin(requestUri, other)));
      expect(lastReason()).toBe('pushed_request_of_other_client');
      expect((await test.send(begin(requestUri))).status).toBe(303);
    },
  );

  it.each<[string, string | readonly string[], string]>([
    ['guessed', `urn:ietf:params:oauth:request_uri:pcu_${'a'.repeat(43)}`, 'pushed_request_unknown'],
    ['an address', 'https://evil.test/request.jwt', 'request_uri_malformed'],
    ['in upper case', 'URN:IETF:PARAMS:OAUTH:REQUEST_URI:pcu_x', 'request_uri_malformed'],
    ['said twice', ['urn:x', 'urn:y'], 'request_uri_malformed'],
  ])('PD-01 is %s', async (_title, requestUri, reason) => {
    await expectInvalid(await test.send(begin(requestUri)));
    expect(test.events.at(-1)).toMatchObject({ reason, clientId: 'pub' });
  });

  it('TN-02 is of another tenant, where it stays good', async () => {
    const storage = createMemoryStorage();
    const [a, b] = await Promise.all(
      ['a', 'b'].map((tenantId) =>
        startTestServer(
          { tenantId, issuer: `${ISSUER}/t/${tenantId}`, configuredClients: [configuredClient('pub', { tenantId })] },
          storage,
        ),
      ),
    );
    if (a === undefined || b === undefined) throw new Error('two servers');
    const response = await a.postForm('/t/a/par', GOOD_REQUEST);
    const { request_uri } = (await response.json()) as { request_uri: string };
    test = b;
    await expectInvalid(await b.send(`/t/b${begin(request_uri)}`));
    expect(lastReason()).toBe('pushed_request_unknown');
    expect((await a.send(`/t/a${begin(request_uri)}`)).status).toBe(303);
  });
});

describe('PD-01 pushes that are refused', () => {
  const nothingPushed = () =>
    expect(test.events.filter(({ type }) => type === 'authorization_request.pushed')).toEqual([]);

  it.each<[string, Form, string]>([
    ['a request_uri', { request_uri: 'urn:ietf:params:oauth:request_uri:pcu_x' }, 'invalid_request'],
    ['a request object', { request: 'x' }, 'request_not_supported'],
    ['another redirect URI', { redirect_uri: 'https://evil.test/' }, 'invalid_request'],
    ['no redirect URI where there are several', { client_id: 'nat', redirect_uri: undefined }, 'invalid_request'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['PKCE in plain', { code_challenge_method: 'plain' }, 'invalid_request'],
    ['another response type', { response_type: 'token' }, 'unsupported_response_type'],
    ['another response mode', { response_mode: 'fragment' }, 'invalid_request'],
    ['a state that is too long', { state: 'x'.repeat(2049) }, 'invalid_request'],
    ['a foreign resource', { resource: 'https://gate.test/other/mcp' }, 'invalid_target'],
    ['two resources', { resource: [FILES, MAIL] }, 'invalid_target'],
    ['a malformed scope', { scope: 'a  b' }, 'invalid_scope'],
    ['a repeated scope', { scope: ['a', 'b'] }, 'invalid_request'],
    ['a prompt that contradicts itself', { prompt: 'none login' }, 'invalid_request'],
    ['a max_age that is no number', { max_age: '-1' }, 'invalid_request'],
  ])('PD-01 for %s', async (_title, changes, error) => {
    await expectRefusal(await push(changes), 400, error);
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization_request.push_refused', outcome: 'refused' });
    nothingPushed();
  });

  it.each<[string, Form, Record<string, string>, string]>([
    ['no proof', { client_id: 'bas' }, {}, 'client_method_mismatch'],
    ['a wrong secret', { client_id: 'bas' }, basic('wrong'), 'client_secret_wrong'],
    ['a secret in the other place', { client_id: 'bas', client_secret: SECRET }, {}, 'client_method_mismatch'],
    ['the name of another client beside it', { client_id: 'pub' }, basic(SECRET), 'client_id_mismatch'],
    ['no client at all', { client_id: undefined }, {}, 'client_missing'],
    ['a client that there is not', { client_id: 'nobody' }, {}, 'client_unknown'],
  ])('PD-01 for %s of a confidential client', async (_title, changes, headers, reason) => {
    const response = await push(changes, headers);
    expect(response.headers.has('www-authenticate')).toBe('authorization' in headers && response.status === 401);
    await expectRefusal(
      response,
      reason === 'client_id_mismatch' ? 400 : 401,
      reason === 'client_id_mismatch' ? 'invalid_request' : 'invalid_client',
    );
    expect(test.events.at(-1)).toMatchObject({ type: 'client.authentication_failed', reason });
    nothingPushed();
  });

  it('AZ-14 for parameters in the query, and for JSON', async () => {
    await expectRefusal(await test.postForm('/par?state=x', GOOD_REQUEST), 400, 'invalid_request');
    await expectRefusal(await test.postJson('/par', GOOD_REQUEST), 415, 'invalid_request');
    nothingPushed();
  });
});

describe('how much may be pushed', () => {
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const pushFrom = (network: string, changes: Form = {}) =>
    test.send('/par', { method: 'POST', headers, body: encodeForm({ ...GOOD_REQUEST, ...changes }) }, { network });
  const proven = { client_id: 'pst', client_secret: SECRET };
  const expectTooMany = async (response: Response) => {
    expect(response.headers.get('retry-after')).toMatch(/^\d+$/);
    await expectRefusal(response, 429, 'temporarily_unavailable');
    expect(test.events.at(-1)).toMatchObject({
      type: 'rate_limit.exceeded',
      rule: 'authorization_requests_per_client',
    });
  };
  beforeEach(async () => {
    const authorizationRequestsPerClient = { name: 'authorization_requests_per_client', points: 2, windowSeconds: 60 };
    test = await startTestServer({ rateLimits: { authorizationRequestsPerClient } });
  });

  it('is counted for a client that proves who it is, from wherever it pushes', async () => {
    for (const network of ['192.0.2.1', '192.0.2.2']) expect((await pushFrom(network, proven)).status).toBe(201);
    await expectTooMany(await pushFrom('192.0.2.3', proven));
    expect((await pushFrom('192.0.2.3')).status).toBe(201);
  });

  it('is counted by the network for clients that prove nothing, and takes nothing from one that proves itself', async () => {
    for (const client_id of ['pub', 'pub']) expect((await pushFrom('192.0.2.1', { client_id })).status).toBe(201);
    await expectTooMany(await pushFrom('192.0.2.1'));
    expect((await pushFrom('192.0.2.2')).status).toBe(201);
    expect((await pushFrom('192.0.2.1', proven)).status).toBe(201);
  });

  it('GW-17 is counted by the network for clients that registered themselves, whatever they prove', async () => {
    const metadata = { redirect_uris: [GOOD_REQUEST.redirect_uri], token_endpoint_auth_method: 'client_secret_post' };
    const pushAnew = async (): Promise<Response> => {
      const registered = await (await test.postJson('/register', metadata)).json();
      const { client_id, client_secret } = registered as { readonly client_id: string; readonly client_secret: string };
      return pushFrom('192.0.2.1', { client_id, client_secret });
    };
    for (const status of [201, 201]) expect((await pushAnew()).status).toBe(status);
    await expectTooMany(await pushAnew());
    expect((await pushFrom('192.0.2.1', proven)).status).toBe(201);
  });

  it('uses up no assertion where it is too much: the same request is taken when there is room again', async () => {
    const rateLimits = test.options.rateLimits ?? {};
    test = await startTestServer({ configuredClients: [conf], rateLimits });
    for (let count = 0; count < 2; count += 1) {
      const fields = assertionFields(await signAssertion(test));
      expect((await pushFrom('192.0.2.1', { client_id: 'conf', ...fields })).status).toBe(201);
    }
    const fields = assertionFields(await signAssertion(test, { claims: { exp: test.clock.now + 200 } }));
    await expectTooMany(await pushFrom('192.0.2.1', { client_id: 'conf', ...fields }));
    test.clock.now += 60;
    expect((await pushFrom('192.0.2.1', { client_id: 'conf', ...fields })).status).toBe(201);
  });

  it('GW-17 is not used up by a stranger on the network of a client, who names it and proves nothing', async () => {
    for (let count = 0; count < 5; count += 1) {
      await expectRefusal(await pushFrom('192.0.2.1', { ...proven, client_secret: 'wrong' }), 401, 'invalid_client');
      await expectRefusal(await pushFrom('192.0.2.1', { client_id: 'pst' }), 401, 'invalid_client');
    }
    expect((await pushFrom('192.0.2.1', proven)).status).toBe(201);
  });

  it('has nothing to do with what is asked of the token endpoint', async () => {
    for (let count = 0; count < 3; count += 1) await pushFrom('192.0.2.1', proven);
    await expectRefusal(await test.postForm('/token', ownName({ ...proven })), 400, 'unauthorized_client');
  });

  it('is 600 in a minute where nobody says otherwise', async () => {
    test = await startTestServer();
    for (let count = 0; count < 61; count += 1) expect((await pushFrom('192.0.2.1', proven)).status).toBe(201);
  });
});

describe('PD-01 where requests have to be pushed', () => {
  const refused = async (client_id: string) => {
    const response = await test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, client_id })}`);
    const location = new URL(response.headers.get('location') ?? '');
    expect(location.origin + location.pathname).toBe('https://app.test/cb');
    expect(Object.fromEntries(location.searchParams)).toMatchObject({
      error: 'invalid_request',
      state: GOOD_REQUEST.state,
      iss: ISSUER,
    });
    expect(lastReason()).toBe('pushed_request_required');
  };

  it('PD-01 by this server: a plain request is sent back, and a pushed one goes on', async () => {
    test = await startTestServer({ pushedAuthorizationRequests: 'required' });
    await refused('pub');
    expect((await test.send(begin(await pushed()))).headers.get('location')).toMatch(/^\/interaction\?/);
  });

  it('PD-01 by the client: its plain request alone is sent back', async () => {
    await refused('own');
    expect((await test.send(`/authorize?${encodeForm(GOOD_REQUEST)}`)).headers.get('location')).toMatch(
      /^\/interaction\?/,
    );
    expect((await test.send(begin(await pushed({ client_id: 'own' }), 'own'))).headers.get('location')).toMatch(
      /^\/interaction\?/,
    );
  });

  it.each(['accepted', 'required'] as const)('says so in the metadata: %s', async (pushedAuthorizationRequests) => {
    test = await startTestServer({ pushedAuthorizationRequests });
    expect(await (await test.send('/.well-known/oauth-authorization-server')).json()).toMatchObject({
      pushed_authorization_request_endpoint: `${ISSUER}/par`,
      require_pushed_authorization_requests: pushedAuthorizationRequests === 'required',
    });
  });
});

it('is used up by a consent that is remembered, too', async () => {
  test = await startTestServer({ rememberConsent: true });
  const browser = test.newBrowser();
  await browser.approve();
  const requestUri = await pushed({ prompt: 'none' });
  const answers = await Promise.all([browser.get(begin(requestUri)), browser.get(begin(requestUri))]);
  const queries = answers.map((answer) => new URL(answer.headers.get('location') ?? '').searchParams);
  expect(queries.filter((query) => query.has('code'))).toHaveLength(1);
  await expectInvalid(await browser.get(begin(requestUri)));
});
