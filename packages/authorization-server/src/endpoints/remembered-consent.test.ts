import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { encodeForm, type Form, ISSUER } from '../testing/fixtures.js';
import { GOOD_REQUEST, type TestBrowser } from '../testing/test-browser.js';
import { redemption } from '../testing/test-client.js';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer({ rememberConsent: true }, createMemoryStorage(), DOCUMENT_PORTS);
  browser = test.newBrowser();
});

const request = (changes: Form = {}) => browser.get(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...changes })}`);

/** Where the browser is sent, if that is the client. */
function locationOf(response: Response): URL {
  expect(response.status).toBe(303);
  return new URL(response.headers.get('location') ?? '', ISSUER);
}

async function expectCode(response: Response): Promise<void> {
  const location = locationOf(response);
  expect(location.origin + location.pathname).toBe('https://app.test/cb');
  expect(Object.fromEntries(location.searchParams)).toEqual({
    code: expect.stringMatching(/^pcc_/),
    state: GOOD_REQUEST.state,
    iss: ISSUER,
  });
}

function expectPage(response: Response): void {
  expect(locationOf(response).pathname).toBe('/interaction');
}

function expectError(response: Response, error: string): void {
  const location = locationOf(response);
  expect(location.origin).toBe('https://app.test');
  expect(location.searchParams.get('error')).toBe(error);
  expect(location.searchParams.get('code')).toBeNull();
}

const disconnect = () =>
  test.storage.grants.disconnect(
    'default',
    'subject-of-alice',
    'pub',
    { now: test.clock.now, markLifetimeSeconds: 630 },
    { type: 'consent.withdrawn', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now },
  );

describe('a remembered consent', () => {
  it('answers at once, through the same act and with an event that says so', async () => {
    await browser.approve();
    const response = await request();
    await expectCode(response);
    const granted = test.storage.events.filter((event) => event.type === 'consent.granted');
    expect(granted).toHaveLength(2);
    expect(granted[0]?.reason).toBeUndefined();
    expect(granted[1]).toMatchObject({
      reason: 'consent_remembered',
      clientId: 'pub',
      subject: 'subject-of-alice',
      username: 'alice',
      scopes: ['files:read', 'files:write'],
    });
    expect(test.events.at(-1)).toEqual(granted[1]);
    const code = locationOf(response).searchParams.get('code') ?? '';
    const redeemed = await test.postForm('/token', redemption(code));
    expect(await redeemed.json()).toMatchObject({ scope: 'files:read files:write' });
  });

  it('carries what is requested, not all that is stored', async () => {
    await browser.approve();
    const code = locationOf(await request({ scope: 'files:read' })).searchParams.get('code') ?? '';
    expect(await (await test.postForm('/token', redemption(code))).json()).toMatchObject({ scope: 'files:read' });
  });

  it.each<[string, Form]>([
    ['something is new', { scope: 'files:read files:write' }],
    ['another resource is asked for', { scope: 'files:read', resource: 'https://gate.test/mail/mcp' }],
    ['prompt=consent', { scope: 'files:read', prompt: 'consent' }],
    ['prompt=select_account', { scope: 'files:read', prompt: 'select_account' }],
    ['prompt=login', { scope: 'files:read', prompt: 'login' }],
    ['max_age=0', { scope: 'files:read', max_age: '0' }],
  ])('shows a page where %s', async (_title, changes) => {
    await browser.approve({ scope: 'files:read' });
    expectPage(await request(changes));
  });

  it('shows a page where the sign-in is older than max_age', async () => {
    await browser.approve();
    test.clock.now += 100;
    await expectCode(await request({ max_age: '100' }));
    expectPage(await request({ max_age: '99' }));
  });

  it.each(['http://127.0.0.1:7777/cb', 'http://localhost:7777/cb', 'http://[::1]:7777/cb'])(
    'shows a page where the answer goes to %s: any program could be asking',
    async (redirect_uri) => {
      const nat = { client_id: 'nat', redirect_uri };
      await browser.approve(nat);
      expectPage(await request(nat));
    },
  );

  it('shows a page where the answer goes to a private-use scheme', async () => {
    const registration = {
      redirect_uris: ['cursor://app/cb'],
      token_endpoint_auth_method: 'none',
      application_type: 'native',
    };
    const { client_id } = (await (await test.postJson('/register', registration)).json()) as { client_id: string };
    const own = { client_id, redirect_uri: 'cursor://app/cb' };
    await browser.approve(own);
    expectPage(await request(own));
  });

  it('shows a page to a browser where nobody, or somebody else, is signed in', async () => {
    await browser.approve();
    browser = test.newBrowser();
    expectPage(await request());
    await browser.reachConsent({}, 'bob');
    expectPage(await request());
  });

  it('shows a page once the session is over, and once the client was disconnected', async () => {
    await browser.approve();
    await disconnect();
    expectPage(await request());
    await browser.approve();
    test.clock.now += 1801;
    expectPage(await request());
  });

  it('CI-08 shows a page where the document of the client changed', async () => {
    await describeClient(test, 'first');
    await browser.approve(DESCRIBED);
    await expectCode(await request(DESCRIBED));
    await describeClient(test, 'second');
    expectPage(await request(DESCRIBED));
  });

  it('shows a page where the operator does not want it', async () => {
    test = await startTestServer();
    browser = test.newBrowser();
    await browser.approve();
    expectPage(await request());
  });

  it.each([
    ['before its user is noted', 'authenticate', false],
    ['before its user is noted', 'authenticate', true],
    ['after it was looked at', 'approve', false],
    ['after it was looked at', 'approve', true],
  ] as const)(
    'does not come back to life when it is withdrawn %s (%s, prompt=none %s)',
    async (_title, act, silent) => {
      await browser.approve();
      const transactions = test.storage.transactions;
      const { authenticate, approve } = transactions;
      if (act === 'authenticate') {
        transactions.authenticate = async (...parameters) => {
          await disconnect();
          return authenticate(...parameters);
        };
      } else {
        transactions.approve = async (...parameters) => {
          await disconnect();
          return approve(...parameters);
        };
      }
      const response = await request(silent ? { prompt: 'none' } : {});
      if (silent) expectError(response, 'consent_required');
      else expectPage(response);
      expect(test.storage.events.filter((event) => event.type === 'consent.granted')).toHaveLength(1);
      expect(await test.storage.consents.listOfUser('default', 'subject-of-alice')).toEqual([]);
    },
  );

  it('hands no code to a browser whose user was disabled while the answer was made', async () => {
    await browser.approve();
    const { issue } = test.storage.transactions;
    test.storage.transactions.issue = async (...parameters) => {
      const issued = await issue(...parameters);
      const now = test.clock.now;
      await test.storage.users.disable(
        'default',
        'subject-of-alice',
        { now, markLifetimeSeconds: 630 },
        { type: 'user.disabled', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: now },
      );
      return issued;
    };
    const response = await request();
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain('pcc_');
  });
});

describe('prompt=none', () => {
  const silently = (changes: Form = {}) => request({ prompt: 'none', ...changes });

  it('is answered with a code where the consent is remembered', async () => {
    await browser.approve();
    await expectCode(await silently());
  });

  it('needs a login where nobody is signed in, or not as recently as max_age demands', async () => {
    expectError(await silently(), 'login_required');
    await browser.approve();
    test.clock.now += 100;
    expectError(await silently({ max_age: '99' }), 'login_required');
    await expectCode(await silently({ max_age: '100' }));
  });

  it('needs a consent where there is anything to ask', async () => {
    await browser.approve({ scope: 'files:read' });
    expectError(await silently(), 'consent_required');
    await expectCode(await silently({ scope: 'files:read' }));
    await disconnect();
    expectError(await silently({ scope: 'files:read' }), 'consent_required');
  });

  it('needs a consent where consents are not remembered', async () => {
    test = await startTestServer();
    browser = test.newBrowser();
    await browser.approve();
    expectError(await silently(), 'consent_required');
  });

  it('creates nothing where it fails', async () => {
    let created = 0;
    const { create } = test.storage.transactions;
    test.storage.transactions.create = (transaction) => {
      created += 1;
      return create(transaction);
    };
    expectError(await silently(), 'login_required');
    expectError(await silently({ max_age: 'soon' }), 'invalid_request');
    expect(created).toBe(0);
  });
});

it('AZ-11 answers a client nobody vouched for without a click only while this user lets it act, as it is described', async () => {
  const failing = { ...DESCRIBED, scope: 'a"b' };
  const answered = async (): Promise<string> => {
    const response = await request(failing);
    return response.status === 303 ? 'redirect' : (await readPage(response)).page;
  };
  await describeClient(test, 'first');
  expect(await answered()).toBe('untrustedRedirect');
  await browser.approve(DESCRIBED);
  expect(await answered()).toBe('redirect');
  await describeClient(test, 'second');
  expect(await answered()).toBe('untrustedRedirect');
});
