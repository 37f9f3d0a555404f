import type { UntrustedFetchFailure } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../options.js';
import {
  createDocumentHost,
  DOCUMENT_CLIENT,
  DOCUMENT_REDIRECT,
  type DocumentHost,
  documentOf,
  type HostAnswer,
} from '../testing/document-host.js';
import { encodeForm, type Form, ISSUER } from '../testing/fixtures.js';
import { GOOD_REQUEST, type TestBrowser } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const BY_DOCUMENT = { client_id: DOCUMENT_CLIENT, redirect_uri: DOCUMENT_REDIRECT };

let host: DocumentHost;
let test: TestServer;
const start = async (changes: Partial<AuthorizationServerOptions> = {}): Promise<void> => {
  test = await startTestServer(changes, undefined, { untrustedFetch: host.untrustedFetch });
};
beforeEach(async () => {
  host = createDocumentHost();
  await start();
});

const request = (changes: Form = {}, network = '192.0.2.1') =>
  test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, ...changes })}`, {}, { network });
const isAccepted = (response: Response): boolean =>
  /^\/interaction\?/.test(response.headers.get('location') ?? '') && response.status === 303;
const answer = (changes: HostAnswer | UntrustedFetchFailure): void => void host.answers.set(DOCUMENT_CLIENT, changes);
const documentAnswer = (changes: object, headers: Record<string, string> = {}): HostAnswer => ({
  body: documentOf(DOCUMENT_CLIENT, changes),
  headers,
});
const storedClients = () => test.storage.clients.list('default', 100);
const eventsOf = (type: string) => test.events.filter((event) => event.type === type);

/** The one page for everything a stranger could learn from; the same for a client that does not exist. */
async function expectConstantPage(response: Response): Promise<void> {
  expect(response.status).toBe(400);
  for (const header of ['location', 'refresh', 'set-cookie', 'retry-after'])
    expect(response.headers.get(header)).toBeNull();
  const { page, model } = await readPage(response);
  const unknown = await readPage(await test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, client_id: 'x' })}`));
  expect({ page, model: { ...model, correlationId: '' } }).toEqual({
    page: 'error',
    model: { ...unknown.model, correlationId: '' },
  });
  expect(model.code).toBe('invalid_client');
  expect(JSON.stringify(model)).not.toContain('evil.test');
}

it('says that it accepts documents, and says nothing where it does not', async () => {
  const flag = async (): Promise<unknown> => {
    const metadata = await (await test.send('/.well-known/oauth-authorization-server')).json();
    return (metadata as Record<string, unknown>)['client_id_metadata_document_supported'];
  };
  expect(await flag()).toBe(true);
  await start({ clientIdMetadataDocuments: false });
  expect(await flag()).toBeUndefined();
  await expectConstantPage(await request());
  expect(host.requests).toEqual([]);
});

it('CI-05 CB-04 lets a client in by a document of 5 KiB and 5 seconds at most, and shows who describes it', async () => {
  const consent = await test.newBrowser().reachConsent(BY_DOCUMENT);
  const { page, model } = await readPage(consent);
  expect(page).toBe('consent');
  expect(model.client).toEqual({
    name: 'A client',
    clientId: DOCUMENT_CLIENT,
    redirectHost: 'evil.test',
    loopbackOnly: false,
    selfRegistered: false,
  });
  expect(host.requests).toEqual([
    {
      url: DOCUMENT_CLIENT,
      headers: { accept: 'application/json' },
      maxBytes: 5120,
      timeoutMilliseconds: 5000,
    },
  ]);
  expect(await storedClients()).toMatchObject([
    {
      clientId: DOCUMENT_CLIENT,
      source: 'metadata_document',
      grantTypes: ['authorization_code', 'refresh_token'],
      tokenEndpointAuthMethod: 'none',
      clientSecretHash: undefined,
      applicationType: 'web',
      createdAtEpochSeconds: test.clock.now,
    },
  ]);
});

describe('CI-01 client ids that are no URL of a document', () => {
  it.each([
    'http://evil.test/client.json',
    `${DOCUMENT_CLIENT}#f`,
    `${DOCUMENT_CLIENT}#`,
    'https://u@evil.test/client.json',
    'https://@evil.test/client.json',
    'https://:@evil.test/client.json',
    'https://evil.test/./client.json',
    'https://evil.test/a/../client.json',
    'https://evil.test/%2e%2e/client.json',
    'https://evil.test/.%2E/client.json',
    'https://evil.test',
    'https://evil.test/',
    'https://evil.test\\client.json',
    'https://evil.test/\tclient.json',
    'https://evil.test/client.json\n',
    'https://evil.test/client .json',
    'https:/evil.test/client.json',
    'https:///evil.test/client.json',
    'HTTPS://evil.test/client.json',
    'https://evil.test:443/client.json',
  ])('CI-01 answers %j with the constant page and asks nobody', async (client_id) => {
    await expectConstantPage(await request({ client_id }));
    expect(host.requests).toEqual([]);
    expect(eventsOf('authorization.refused')).toHaveLength(2);
  });
});

it('CI-01 answers a client id of 2049 characters with the constant page and asks nobody', async () => {
  await expectConstantPage(await request({ client_id: 'https://evil.test/'.padEnd(2049, 'x') }));
  expect(host.requests).toEqual([]);
});

describe('CI-02 CI-04 CI-05 F-11 what a host answers is told to nobody', () => {
  const failures: readonly UntrustedFetchFailure[] = [
    'address_refused',
    'name_not_resolved',
    'not_connected',
    'tls_failed',
    'busy',
    'timed_out',
    'too_large',
    'encoding_refused',
    'interrupted',
  ];
  it.each(failures)('answers %s with the constant page, and records it', async (failure) => {
    answer(failure);
    await expectConstantPage(await request());
    expect(eventsOf('client.document_refused')).toMatchObject([
      { reason: failure, clientId: DOCUMENT_CLIENT, outcome: 'refused', network: '192.0.2.1' },
    ]);
  });

  it.each([201, 204, 301, 302, 304, 307, 308, 403, 404, 500, 503])(
    'CI-04 answers a status of %i with the constant page, and follows nothing',
    async (status) => {
      answer({ ...documentAnswer({}, { location: 'http://169.254.169.254/' }), status });
      await expectConstantPage(await request());
      expect(host.requests).toHaveLength(1);
      expect(eventsOf('client.document_refused')).toMatchObject([
        { reason: 'document_status_not_200', httpStatus: status },
      ]);
    },
  );

  it.each(['text/html', 'text/plain', 'application/octet-stream', 'application/json; charset=latin1'])(
    'CI-04 answers the content type %s with the constant page',
    async (contentType) => {
      answer(documentAnswer({}, { 'content-type': contentType }));
      await expectConstantPage(await request());
      expect(eventsOf('client.document_refused')).toMatchObject([{ reason: 'document_media_type', httpStatus: 200 }]);
    },
  );

  it.each<[string, unknown]>([
    ['no JSON', '<!doctype html>'],
    ['null', 'null'],
    ['a list', '[]'],
    ['invalid UTF-8', new Uint8Array([0x7b, 0xff, 0x7d])],
    ['a byte order mark', `\ufeff${JSON.stringify(documentOf(DOCUMENT_CLIENT))}`],
    ['a member twice', `${JSON.stringify(documentOf(DOCUMENT_CLIENT)).slice(0, -1)},"client_name":"x"}`],
    ['__proto__', `${JSON.stringify(documentOf(DOCUMENT_CLIENT)).slice(0, -1)},"__proto__":{}}`],
    ['another client_id', documentOf('https://evil.test/Client.json')],
    ['no client_name', documentOf(DOCUMENT_CLIENT, { client_name: undefined })],
    ['no redirect_uris', documentOf(DOCUMENT_CLIENT, { redirect_uris: undefined })],
    ['a client_secret', documentOf(DOCUMENT_CLIENT, { client_secret: 's' })],
    ['a method with a secret', documentOf(DOCUMENT_CLIENT, { token_endpoint_auth_method: 'client_secret_basic' })],
    ['a private key', documentOf(DOCUMENT_CLIENT, { jwks: { keys: [{ kty: 'RSA', n: 'n', e: 'AQAB', d: 'd' }] } })],
  ])('CI-06 answers a document with %s with the constant page, and does not hold it', async (_title, body) => {
    answer({ body, headers: { 'cache-control': 'max-age=3600' } });
    await expectConstantPage(await request());
    expect(eventsOf('client.document_refused')).toHaveLength(1);
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
    expect(host.requests).toHaveLength(2);
  });

  it('CI-04 never holds an error: a host that is mended works with the next request', async () => {
    for (const failing of ['timed_out', { status: 500, headers: { 'cache-control': 'max-age=3600' } }] as const) {
      answer(failing);
      await expectConstantPage(await request());
    }
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
    expect(host.requests).toHaveLength(3);
  });

  it('F-11 refuses a new authorization of a client that is known, while its host is down', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60' }));
    await test.newBrowser().approve(BY_DOCUMENT);
    test.clock.now += 60;
    answer('name_not_resolved');
    await expectConstantPage(await request());
    answer(documentAnswer({}));
    expect(isAccepted(await request())).toBe(true);
  });
});

describe('AZ-09 redirects of a document', () => {
  it('AZ-09 accepts a document without the redirect that is refused', async () => {
    answer(documentAnswer({ redirect_uris: ['vscode:/cb', 'javascript:alert(1)', 'cursor:/cb', DOCUMENT_REDIRECT] }));
    expect(isAccepted(await request())).toBe(true);
    expect(isAccepted(await request({ redirect_uri: 'cursor:/cb' }))).toBe(true);
    for (const redirect_uri of ['vscode:/cb', 'javascript:alert(1)']) {
      await expectConstantPage(await request({ redirect_uri }));
    }
  });

  it.each([
    'javascript:alert(1)',
    'JaVaScRiPt:alert(1)',
    '\x01javascript:alert(1)',
    'java\nscript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'vbscript:x',
    'blob:https://evil.test/1',
    'about:blank',
    'myapp:/cb',
    'com.example.app:/cb',
  ])('AZ-09 answers a document with nothing but %j with the constant page', async (redirect_uri) => {
    answer(documentAnswer({ redirect_uris: [redirect_uri] }));
    await expectConstantPage(await request({ redirect_uri }));
  });
});

describe('AZ-11 a client that a document describes is not vouched for', () => {
  const forced: [string, Form, string][] = [
    ['a bad scope', { scope: 'a"b' }, 'invalid_scope'],
    ['response_type=token', { response_type: 'token' }, 'unsupported_response_type'],
    ['no PKCE', { code_challenge: undefined }, 'invalid_request'],
    ['prompt=none', { prompt: 'none' }, 'login_required'],
  ];

  it.each(forced)(
    'AZ-11 gets no automatic redirect for %s, and is not stored for it',
    async (_title, changes, error) => {
      const response = await request(changes);
      expect(response.status).toBe(400);
      expect(response.headers.get('location')).toBeNull();
      const { page, model } = await readPage(response);
      expect({ page, host: model.redirectHost }).toEqual({ page: 'untrustedRedirect', host: 'evil.test' });
      const location = new URL(model.location);
      expect([location.searchParams.get('error'), location.searchParams.get('iss')]).toEqual([error, ISSUER]);
      expect(await storedClients()).toEqual([]);
    },
  );

  it('AZ-11 is redirected once this user has consented', async () => {
    const browser: TestBrowser = test.newBrowser();
    const location = await browser.approve(BY_DOCUMENT);
    const redeemed = await test.postForm('/token', {
      grant_type: 'authorization_code',
      ...BY_DOCUMENT,
      code: location.searchParams.get('code') ?? '',
      code_verifier: 'v'.repeat(43),
    });
    expect(redeemed.status).toBe(200);
    const failing = `/authorize?${encodeForm({ ...GOOD_REQUEST, ...BY_DOCUMENT, scope: 'a"b' })}`;
    expect((await browser.get(failing)).status).toBe(303);
    expect((await test.newBrowser().get(failing)).status).toBe(400);
  });
});

describe('CI-07 documents are held as HTTP says', () => {
  const visits = async (...seconds: readonly number[]): Promise<number> => {
    for (const pause of seconds) {
      test.clock.now += pause;
      expect(isAccepted(await request())).toBe(true);
    }
    return host.requests.length;
  };

  it('CI-07 asks once while a document is fresh, and again when it is stale', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60' }));
    expect(await visits(0, 59)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it('CI-07 holds nothing for longer than a day', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=315360000' }));
    expect(await visits(0, 86_399)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it('CI-07 holds a document for five minutes when its host says nothing', async () => {
    expect(await visits(0, 299)).toBe(1);
    expect(await visits(1)).toBe(2);
  });

  it.each(['no-store', 'no-cache', 'max-age=0'])('CI-07 asks every time with %s', async (cacheControl) => {
    answer(documentAnswer({}, { 'cache-control': cacheControl }));
    expect(await visits(0, 0, 0)).toBe(3);
  });

  it('CI-07 asks whether it changed, by its entity tag, and goes on with a 304', async () => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60', etag: '"1"' }));
    await visits(0);
    answer({ status: 304, headers: { 'cache-control': 'max-age=600' } });
    expect(await visits(60, 599)).toBe(2);
    expect(host.requests[1]?.headers).toMatchObject({ 'if-none-match': '"1"' });
    // A 304 that says nothing leaves things as they were.
    answer({ status: 304 });
    expect(await visits(1, 599)).toBe(3);
    answer(documentAnswer({ client_name: 'Another name' }, { etag: '"2"' }));
    expect(await visits(1)).toBe(4);
    expect(host.requests[3]?.headers).toMatchObject({ 'if-none-match': '"1"' });
    expect((await storedClients())[0]).toMatchObject({ clientName: 'Another name', document: { entityTag: '"2"' } });
  });

  it.each([
    ['no entity tag', {}],
    ['no-store', { etag: '"1"', 'cache-control': 'no-store' }],
    ['an entity tag that is none', { etag: '1' }],
  ])('CI-04 takes a 304 for an error after %s', async (_title, headers) => {
    answer(documentAnswer({}, { 'cache-control': 'max-age=60', ...headers }));
    await visits(0);
    test.clock.now += 60;
    answer({ status: 304 });
    await expectConstantPage(await request());
    expect(host.requests[1]?.headers).not.toHaveProperty('if-none-match');
  });

  it('CI-07 makes one fetch of 100 first uses, and gives each its own answer', async () => {
    let open = (): void => {};
    host.gate = new Promise((resolve) => {
      open = resolve;
    });
    const responses = Array.from({ length: 100 }, (_, index) => request({ state: `state ${index}` }));
    await new Promise((resolve) => setTimeout(resolve, 20));
    open();
    const locations = (await Promise.all(responses)).map((response) => response.headers.get('location'));
    expect(host.requests).toHaveLength(1);
    expect(new Set(locations).size).toBe(100);
    expect(locations.every((location) => location?.startsWith('/interaction?'))).toBe(true);
    expect(await storedClients()).toHaveLength(1);
  });

  it('CI-07 makes one fetch of 100 uses that fail, and gives each the page', async () => {
    answer('not_connected');
    const responses = await Promise.all(Array.from({ length: 100 }, () => request()));
    expect(responses.map((response) => response.status)).toEqual(Array.from({ length: 100 }, () => 400));
    expect(host.requests.length).toBeLessThan(100);
    expect(eventsOf('client.document_refused')).toHaveLength(100);
  });

  it('CI-07 limits how many documents a network may have fetched, and stores none for being named', async () => {
    const named = (index: number): string => `https://evil.test/${index}.json`;
    const statuses: number[] = [];
    for (let index = 0; index < 200; index += 1) {
      host.answers.set(named(index), { body: documentOf(named(index)) });
      statuses.push((await request({ client_id: named(index), scope: 'a"b' })).status);
    }
    expect(statuses.filter((status) => status === 400)).toHaveLength(30);
    expect(statuses.slice(30).every((status) => status === 429)).toBe(true);
    expect(host.requests).toHaveLength(30);
    expect(await storedClients()).toEqual([]);
  });

  it('CI-07 says when to come back, counts fetches alone, and leaves other networks alone', async () => {
    await start({
      rateLimits: {
        metadataDocumentPerNetwork: { name: 'metadata_document_per_network', points: 1, windowSeconds: 60 },
      },
    });
    expect(isAccepted(await request())).toBe(true);
    expect(isAccepted(await request())).toBe(true);
    const other = 'https://other.test/client.json';
    host.answers.set(other, { body: documentOf(other) });
    const limited = await request({ client_id: other });
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await readPage(limited)).page).toBe('error');
    expect(test.events.at(-1)).toMatchObject({
      type: 'rate_limit.exceeded',
      rule: 'metadata_document_per_network',
      clientId: other,
    });
    expect(isAccepted(await request({ client_id: other }, '198.51.100.7'))).toBe(true);
    test.clock.now += 60;
    expect(isAccepted(await request({ client_id: other }))).toBe(true);
  });

  it('CI-07 does not let a network over its limit spoil the same fetch for another', async () => {
    await start({
      rateLimits: {
        metadataDocumentPerNetwork: { name: 'metadata_document_per_network', points: 1, windowSeconds: 60 },
      },
    });
    await request();
    const other = 'https://other.test/client.json';
    host.answers.set(other, { body: documentOf(other) });
    const [over, under] = await Promise.all([
      request({ client_id: other }),
      request({ client_id: other }, '198.51.100.7'),
    ]);
    expect([over.status, isAccepted(under)]).toEqual([429, true]);
  });
});

describe('who is let in', () => {
  const status = async (changes: Form = {}): Promise<number> => (await request(changes)).status;
  const decide = (decision: 'approved' | 'denied') => {
    const event = {
      type: `client.${decision}`,
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: 0,
    } as const;
    return test.storage.clientApprovals.decide('default', DOCUMENT_CLIENT, decision, test.clock.now, event);
  };

  it('asks nobody about a client of a denied host, before any other list', async () => {
    await start({ clientIdMetadataDocuments: { deniedHosts: ['evil.test'], allowedHosts: ['evil.test'] } });
    const response = await request();
    expect(response.status).toBe(403);
    const { model } = await readPage(response);
    expect(model).toMatchObject({ title: 'This application is not let in here', code: 'access_denied' });
    expect(host.requests).toEqual([]);
    expect(test.events.at(-1)).toMatchObject({
      type: 'authorization.refused',
      reason: 'client_shut_out',
      clientId: DOCUMENT_CLIENT,
    });
  });

  it('lets in allowed hosts and nobody else, where others are denied', async () => {
    await start({ clientIdMetadataDocuments: { allowedHosts: ['*.test'], otherHosts: 'deny' } });
    expect(isAccepted(await request())).toBe(true);
    expect(await status({ client_id: 'https://other.example/client.json' })).toBe(403);
    expect(host.requests).toHaveLength(1);
  });

  it('puts a client before the operator once its document was found good, and lets it in when they say so', async () => {
    await start({ clientIdMetadataDocuments: { otherHosts: 'ask' } });
    answer('timed_out');
    await expectConstantPage(await request());
    expect(await test.storage.clientApprovals.list('default')).toEqual([]);

    answer(documentAnswer({}));
    const waiting = await request();
    expect(waiting.status).toBe(403);
    expect((await readPage(waiting)).model.title).toBe('This application waits for the operator');
    expect(await status()).toBe(403);
    expect(host.requests).toHaveLength(2);
    expect(await test.storage.clientApprovals.list('default')).toMatchObject([
      { clientId: DOCUMENT_CLIENT, clientName: 'A client', status: 'pending' },
    ]);
    expect(eventsOf('client.approval_requested')).toHaveLength(1);
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'client_waits_for_operator' });
    expect(await storedClients()).toEqual([]);

    await decide('approved');
    expect(isAccepted(await request())).toBe(true);
    await decide('denied');
    expect(await status()).toBe(403);
    expect(test.events.at(-1)?.reason).toBe('client_shut_out');
  });

  it('shuts out a client that the operator denied, whatever the lists say', async () => {
    await start({ clientIdMetadataDocuments: { allowedHosts: ['evil.test'] } });
    await decide('denied');
    expect(await status()).toBe(403);
    expect(host.requests).toEqual([]);
  });

  it('lets no more than a thousand clients wait', async () => {
    await start({ clientIdMetadataDocuments: { otherHosts: 'ask' } });
    const event = { type: 'client.approval_requested', outcome: 'refused', tenantId: 'default' } as const;
    for (let index = 0; index < 1000; index += 1) {
      const asked = { tenantId: 'default', clientId: `https://many.test/${index}`, clientName: 'x' };
      await test.storage.clientApprovals.request(asked, 1000, 0, { ...event, occurredAtEpochSeconds: 0 });
    }
    const response = await request();
    expect(response.status).toBe(403);
    expect(test.events.at(-1)?.reason).toBe('approval_queue_full');
    expect(await test.storage.clientApprovals.list('default')).toHaveLength(1000);
  });

  it.each(['App.test', 'https://app.test', 'app.test:443', '*'])(
    'cannot be configured with the host %s',
    async (pattern) => {
      await expect(start({ clientIdMetadataDocuments: { allowedHosts: [pattern] } })).rejects.toThrow(/no host/);
      await expect(start({ clientIdMetadataDocuments: { deniedHosts: [pattern] } })).rejects.toThrow(/no host/);
    },
  );
});

it('takes a client that the operator registered under the URL as it was registered', async () => {
  const event = { type: 'client.added', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: 0 } as const;
  await request();
  const [described] = await storedClients();
  if (described === undefined) throw new Error('not stored');
  await start();
  const redirectUris = ['https://registered.test/cb'];
  await test.storage.clients.register({ ...described, source: 'registered', redirectUris, document: undefined }, event);
  expect(isAccepted(await request({ redirect_uri: redirectUris[0] }))).toBe(true);
  await expectConstantPage(await request());
  expect(host.requests).toHaveLength(1);
});
