import type { AuthorizationPages } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { clients, ISSUER } from '../testing/fixtures.js';
import {
  consentForm,
  fieldsOf,
  leavingLocation,
  type ShownForm,
  signInForm,
  switchUserForm,
  type TestBrowser,
} from '../testing/test-browser.js';
import { askForCodes, decideOnDevice, television, typeCode } from '../testing/test-device.js';
import { readPage, testPages } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, television] });
  browser = test.newBrowser();
});

const codesIssued = () => test.storage.events.filter((event) => event.type === 'consent.granted').length;
const change = (form: ShownForm, changes: ShownForm['fields']): ShownForm => ({
  ...form,
  fields: { ...form.fields, ...changes },
});

it('shows who asks for what, and leaves with code, state and issuer', async () => {
  const consent = await browser.reachConsent();
  const { page, model } = await readPage(consent.clone());
  expect({ page, username: model.username, resource: model.resourceName, client: model.client.name }).toEqual({
    page: 'consent',
    username: 'alice',
    resource: 'Files',
    client: 'Client pub',
  });
  const response = await browser.submit(await consentForm(consent));
  expect(response.status).toBe(200);
  expect(response.headers.get('location')).toBeNull();
  expect(response.headers.get('referrer-policy')).toBe('no-referrer');
  const location = await leavingLocation(response);
  expect(Object.fromEntries(location.searchParams)).toEqual({
    code: expect.stringMatching(/^pcc_[A-Za-z0-9_-]{43}$/),
    state: 'the state',
    iss: ISSUER,
  });
});

it('grants the scopes that are left ticked', async () => {
  const form = await consentForm(await browser.reachConsent(), { scope: 'files:write' });
  await leavingLocation(await browser.submit(form));
  expect(test.events.at(-1)).toMatchObject({ type: 'consent.granted', scopes: ['files:write'] });
});

it.each<[string, ShownForm['fields'], string]>([
  ['a denial', { decision: 'deny' }, 'denied_by_user'],
  ['an approval with nothing ticked', { scope: undefined }, 'no_scope_left'],
])('answers %s with access_denied, twice alike', async (_title, changes, reason) => {
  const form = await consentForm(await browser.reachConsent(), changes);
  const location = await leavingLocation(await browser.submit(form));
  expect(location.searchParams.get('error')).toBe('access_denied');
  expect(location.searchParams.get('state')).toBe('the state');
  expect(location.searchParams.get('iss')).toBe(ISSUER);
  expect(test.events.at(-1)).toMatchObject({ type: 'consent.denied', reason });
  expect((await leavingLocation(await browser.submit(form))).href).toBe(location.href);
  expect(codesIssued()).toBe(0);
});

describe('CB-01 a form that is not ours', () => {
  const forgeries: [string, (form: ShownForm) => ShownForm, Record<string, string>, string][] = [
    ['no CSRF token', (form) => change(form, { csrf_token: undefined }), {}, 'csrf_token_mismatch'],
    ['a wrong CSRF token', (form) => change(form, { csrf_token: 'x'.repeat(43) }), {}, 'csrf_token_mismatch'],
    ['another origin', (form) => form, { origin: 'https://evil.test' }, 'foreign_origin'],
    ['the origin null', (form) => form, { origin: 'null' }, 'foreign_origin'],
    ['another site', (form) => form, { 'sec-fetch-site': 'cross-site' }, 'foreign_fetch_site'],
    ['no cookies', (form) => form, { cookie: '' }, 'other_browser'],
  ];
  it.each(forgeries)('CB-01 refuses %s, and the tab still completes', async (_title, forge, headers, reason) => {
    const form = await consentForm(await browser.reachConsent());
    const response = await browser.submit(forge(form), headers);
    expect(response.status).toBe(403);
    expect((await readPage(response)).page).toBe('error');
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason });
    expect(codesIssued()).toBe(0);
    await leavingLocation(await browser.submit(form));
    expect(codesIssued()).toBe(1);
  });

  it('CB-01 refuses the token of another session, and of another transaction', async () => {
    const form = await consentForm(await browser.reachConsent());
    const other = test.newBrowser();
    const foreign = await consentForm(await other.reachConsent({}, 'bob'));
    const { csrf_token, transaction } = foreign.fields;
    expect((await browser.submit(change(form, { csrf_token }))).status).toBe(403);
    expect((await browser.submit(change(form, { csrf_token, transaction }))).status).toBe(403);
    const second = await consentForm(await browser.reachConsent());
    const mixed = change(form, { csrf_token: second.fields['csrf_token'] });
    expect((await browser.submit(mixed)).status).toBe(403);
    expect(codesIssued()).toBe(0);
    await leavingLocation(await browser.submit(form));
  });

  it('CB-01 refuses a consent form that was shown to another user of this browser', async () => {
    const consent = await browser.reachConsent();
    const form = await consentForm(consent.clone());
    const signInPage = await browser.follow(await browser.submit(await switchUserForm(consent)));
    expect((await readPage(signInPage.clone())).model).toMatchObject({ anotherUser: true, again: false });
    await browser.signIn(signInPage, 'bob');
    expect((await browser.submit(form)).status).toBe(403);
    expect(codesIssued()).toBe(0);
  });

  it('CB-01 refuses a token that was used, for the next decision', async () => {
    const used = await consentForm(await browser.reachConsent());
    await leavingLocation(await browser.submit(used));
    const form = await consentForm(await browser.reachConsent());
    const reused = change(form, { csrf_token: used.fields['csrf_token'] });
    const response = await browser.submit(reused);
    expect(response.status).toBe(403);
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'csrf_token_mismatch' });
    expect(codesIssued()).toBe(1);
    await leavingLocation(await browser.submit(form));
    expect(codesIssued()).toBe(2);
  });

  it('CB-01 takes no token of one form for another: not to sign out, and not to consent', async () => {
    const consent = await browser.reachConsent();
    const form = await consentForm(consent.clone());
    const other = await switchUserForm(consent);
    expect((await browser.submit(change(form, { csrf_token: other.fields['csrf_token'] }))).status).toBe(403);
    expect((await browser.submit(change(other, { csrf_token: form.fields['csrf_token'] }))).status).toBe(403);
    await leavingLocation(await browser.submit(form));
  });

  it('CB-01 refuses a scope that was not asked for', async () => {
    const consent = await browser.reachConsent({ scope: 'files:read' });
    const form = await consentForm(consent);
    const response = await browser.submit(change(form, { scope: ['files:read', 'files:write'] }));
    expect(response.status).toBe(400);
    expect(test.events.at(-1)?.reason).toBe('scope_beyond_request');
    expect(codesIssued()).toBe(0);
    await leavingLocation(await browser.submit(form));
  });

  it.each([undefined, 'yes'])('refuses the decision %s', async (decision) => {
    const form = await consentForm(await browser.reachConsent());
    expect((await browser.submit(change(form, { decision }))).status).toBe(400);
    await leavingLocation(await browser.submit(form));
  });

  it('takes no sign-in token for a consent', async () => {
    const signInPage = await browser.authorize();
    const { csrf_token } = (await signInForm(signInPage.clone(), 'alice', 'x')).fields;
    const form = await consentForm(await browser.signIn(signInPage));
    expect((await browser.submit(change(form, { csrf_token }))).status).toBe(403);
  });
});

describe('CB-02 headers of pages', () => {
  const policy =
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

  const pages: [string, () => Promise<Response>, string, keyof AuthorizationPages][] = [
    ['sign-in', () => browser.authorize(), 'same-origin', 'signIn'],
    [
      'a refused sign-in',
      async () => browser.submit(await signInForm(await browser.authorize(), 'x', 'y')),
      'same-origin',
      'signIn',
    ],
    ['sign-in for the account', () => browser.get('/account'), 'same-origin', 'signIn'],
    ['consent', () => browser.reachConsent(), 'same-origin', 'consent'],
    [
      'a refused form',
      async () => browser.submit(await consentForm(await browser.reachConsent()), { origin: 'https://evil.test' }),
      'same-origin',
      'error',
    ],
    ['an error of the authorization endpoint', () => browser.get('/authorize'), 'same-origin', 'error'],
    ['a transaction that leads nowhere', () => browser.get('/interaction'), 'same-origin', 'error'],
    ['leaving', async () => browser.submit(await consentForm(await browser.reachConsent())), 'no-referrer', 'leaving'],
    ['an error for a client nobody vouched for', untrusted, 'no-referrer', 'untrustedRedirect'],
    [
      'signed out',
      async () => browser.submit(await switchUserForm(await browser.reachConsent())),
      'same-origin',
      'signedOut',
    ],
    ['a disabled user', disabledAlice, 'same-origin', 'disabledUser'],
    ['a device', () => browser.get('/device'), 'same-origin', 'device'],
    ['a wrong user code', () => typeCode(browser, 'BBBB-BBBB'), 'same-origin', 'device'],
    ['a device that was let in', approvedDevice, 'same-origin', 'deviceDone'],
    ['the account', async () => browser.signIn(await browser.get('/account')), 'same-origin', 'account'],
  ];

  it.each(pages)('CB-02 go with %s', async (_title, open, referrerPolicy, name) => {
    const response = await open();
    const { headers } = response;
    expect((await readPage(response)).page).toBe(name);
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toBe(policy);
    expect(headers.get('x-frame-options')).toBe('DENY');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('referrer-policy')).toBe(referrerPolicy);
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('location')).toBeNull();
  });

  it('CB-02 covers every page there is', () => {
    expect(new Set(pages.map(([, , , name]) => name))).toEqual(new Set(Object.keys(testPages)));
  });

  it('CB-02 every redirect after a form is a 303, to a path of ours', async () => {
    const signIn = await browser.submit(await signInForm(await browser.authorize(), 'alice', 'alice-password'));
    const { model } = await readPage(await browser.get('/account'));
    const disconnect = await browser.submit(fieldsOf(model.disconnectForm, { client_id: 'pub' }));
    const authorize = await test.postForm('/authorize', { client_id: 'pub' });
    const device = await typeCode(browser, (await askForCodes(test)).user_code);
    for (const response of [signIn, disconnect, authorize, device]) {
      expect(response.status).toBe(303);
      expect(response.headers.get('location')).toMatch(/^\/[a-z]/);
      expect(response.headers.get('cache-control')).toBe('no-store');
    }
  });

  async function approvedDevice(): Promise<Response> {
    return decideOnDevice(browser, (await askForCodes(test)).user_code);
  }

  async function untrusted(): Promise<Response> {
    const metadata = { redirect_uris: ['https://evil.test/cb'], token_endpoint_auth_method: 'none' };
    const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
    return browser.get(`/authorize?${new URLSearchParams({ client_id, response_type: 'token' })}`);
  }

  async function disabledAlice(): Promise<Response> {
    const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
    await test.storage.users.disable('default', 'subject-of-alice', revocation, {
      type: 'user.disabled',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: test.clock.now,
    });
    return browser.submit(await signInForm(await browser.authorize(), 'alice', 'alice-password'));
  }
});

describe('CB-07 tabs and double clicks', () => {
  it('CB-07 keeps two tabs apart, submitted in reverse order', async () => {
    const first = await consentForm(await browser.reachConsent({ state: 'first' }));
    const nat = { client_id: 'nat', redirect_uri: 'http://127.0.0.1:7777/cb', state: 'second' };
    const second = await consentForm(await browser.reachConsent(nat));
    const secondLocation = await leavingLocation(await browser.submit(second));
    const firstLocation = await leavingLocation(await browser.submit(first));
    expect([secondLocation.host, secondLocation.searchParams.get('state')]).toEqual(['127.0.0.1:7777', 'second']);
    expect([firstLocation.host, firstLocation.searchParams.get('state')]).toEqual(['app.test', 'first']);
  });

  it('CB-07 lets a person sign in in two tabs, and complete both', async () => {
    const first = await browser.authorize({ state: 'first' });
    const second = await browser.authorize({ state: 'second' });
    const forms = [await consentForm(await browser.signIn(first)), await consentForm(await browser.signIn(second))];
    for (const [index, state] of ['first', 'second'].entries()) {
      const location = await leavingLocation(await browser.submit(forms[index] as ShownForm));
      expect(location.searchParams.get('state')).toBe(state);
    }
    expect(codesIssued()).toBe(2);
  });

  it('CB-07 answers a form that is sent twice with the same code, and issues one', async () => {
    const form = await consentForm(await browser.reachConsent());
    const [first, second] = await Promise.all([browser.submit(form), browser.submit(form)]);
    const third = await browser.submit(form);
    const locations = await Promise.all([first, second, third].map(async (page) => (await leavingLocation(page)).href));
    expect(new Set(locations).size).toBe(1);
    expect(codesIssued()).toBe(1);
  });

  it('CB-07 answers a double click on deny alike, and denies once', async () => {
    const form = await consentForm(await browser.reachConsent(), { decision: 'deny' });
    const pages = await Promise.all([browser.submit(form), browser.submit(form)]);
    const [first, second] = await Promise.all(pages.map(leavingLocation));
    expect(first?.searchParams.get('error')).toBe('access_denied');
    expect(second?.href).toBe(first?.href);
    expect(test.events.filter((event) => event.type === 'consent.denied')).toHaveLength(1);
  });

  it('takes no second decision', async () => {
    const form = await consentForm(await browser.reachConsent());
    await browser.submit(form);
    expect((await browser.submit(change(form, { decision: 'deny' }))).status).toBe(400);
    const other = await consentForm(await browser.reachConsent());
    await browser.submit(change(other, { decision: 'deny' }));
    expect((await browser.submit(other)).status).toBe(400);
    expect(codesIssued()).toBe(1);
  });
});

it('asks for a sign-in again when the session ended while the page was open', async () => {
  const form = await consentForm(await browser.reachConsent({}, 'alice'));
  const session = browser.cookies.get('__Host-portcullis-session') ?? '';
  await test.storage.signInSessions.end('default', test.ports.platform.hash(session));
  const { page, model } = await readPage(await browser.submit(form));
  expect({ page, reason: model.reason, goesOn: model.goesOn }).toEqual({
    page: 'signedOut',
    reason: 'session_ended',
    goesOn: false,
  });
  expect((await readPage(await browser.get(model.continuePath))).page).toBe('signIn');
  expect(codesIssued()).toBe(0);
});

it('hands no code to a browser whose user got a new password while it decided', async () => {
  const form = await consentForm(await browser.reachConsent());
  const { issue } = test.storage.transactions;
  const now = test.clock.now;
  const event = {
    type: 'user.password_reset',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: now,
  } as const;
  test.storage.transactions.issue = async (...parameters) => {
    await test.storage.users.resetPassword(
      'default',
      'subject-of-alice',
      'new',
      { now, markLifetimeSeconds: 630 },
      event,
    );
    return issue(...parameters);
  };
  const response = await browser.submit(form);
  expect(response.status).toBe(400);
  expect(await response.text()).not.toContain('pcc_');
});
