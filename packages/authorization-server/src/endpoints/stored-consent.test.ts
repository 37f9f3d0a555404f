import type { Client } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { FILES, type Form, MAIL } from '../testing/fixtures.js';
import { consentForm, leavingLocation, switchUserForm, type TestBrowser } from '../testing/test-browser.js';
import { claimsOf, redemption, type Tokens } from '../testing/test-client.js';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const READ = 'files:read';
const WRITE = 'files:write';
const SHARE = 'files:share';
const ALL = `${READ} ${WRITE} ${SHARE}`;

const scopes = [READ, WRITE, SHARE].map((name) => ({ name, description: `use ${name}` }));
const resources = [FILES, MAIL].map((identifier) => ({
  identifier,
  displayName: identifier === FILES ? 'Files' : 'Mail',
  scopes,
  defaultScopes: [READ],
}));

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer({ resources }, createMemoryStorage(), DOCUMENT_PORTS);
  browser = test.newBrowser();
});

/** What a consent page asks for, and what it tells to be allowed. */
async function offered(page: Response): Promise<{ asked: string[]; allowed: string[]; changed: boolean }> {
  const { model } = await readPage(page);
  const names = (list: { name: string }[]) => list.map(({ name }) => name);
  return { asked: names(model.scopes), allowed: names(model.allowedScopes), changed: model.descriptionChanged };
}

/** Takes a request all the way to the scopes that its access token carries. */
async function grantedScope(request: Form, decision: Form = {}): Promise<string> {
  const page = await browser.reachConsent(request);
  const location = await leavingLocation(await browser.submit(await consentForm(page, decision)));
  return redeemedScope(location);
}

async function redeemedScope(location: URL): Promise<string> {
  const response = await test.postForm('/token', redemption(location.searchParams.get('code') ?? ''));
  const { access_token, scope } = (await response.json()) as Tokens;
  expect(claimsOf(access_token)['scope']).toBe(scope);
  return scope;
}

const storedScopes = async (clientId = 'pub', resource = FILES) =>
  (await test.storage.consents.find('default', 'subject-of-alice', clientId, resource))?.scopes;

describe('step-up', () => {
  it('asks only for what is new, and the token carries what was requested', async () => {
    expect(await grantedScope({ scope: READ })).toBe(READ);
    const page = await browser.reachConsent({ scope: ALL });
    expect(await offered(page)).toEqual({ asked: [WRITE, SHARE], allowed: [READ], changed: false });
    expect(await grantedScope({ scope: ALL })).toBe(ALL);
  });

  it('never adds a scope that was allowed before and is not asked for now', async () => {
    expect(await grantedScope({ scope: ALL })).toBe(ALL);
    expect(await grantedScope({ scope: WRITE })).toBe(WRITE);
    expect(await storedScopes()).toEqual([READ, WRITE, SHARE]);
  });

  it('leaves out what is taken off, and asks for it again the next time', async () => {
    await grantedScope({ scope: READ });
    expect(await grantedScope({ scope: ALL }, { scope: WRITE })).toBe(`${READ} ${WRITE}`);
    expect(await offered(await browser.reachConsent({ scope: ALL }))).toMatchObject({ asked: [SHARE] });
  });

  it('takes an approval with all that is new taken off for one of the rest', async () => {
    await grantedScope({ scope: READ });
    expect(await grantedScope({ scope: `${READ} ${WRITE}` }, { scope: undefined })).toBe(READ);
  });

  it('still asks when nothing is new, and takes no for an answer', async () => {
    await grantedScope({ scope: ALL });
    const page = await browser.reachConsent({ scope: READ });
    expect(await offered(page.clone())).toEqual({ asked: [], allowed: [READ], changed: false });
    const denied = await browser.submit(await consentForm(page, { decision: 'deny' }));
    expect((await leavingLocation(denied)).searchParams.get('error')).toBe('access_denied');
    expect(await grantedScope({ scope: READ })).toBe(READ);
  });

  it('knows a consent of this user, this client and this resource only', async () => {
    await grantedScope({ scope: ALL });
    const all = { asked: [READ, WRITE, SHARE], allowed: [], changed: false };
    expect(await offered(await browser.reachConsent({ scope: ALL, resource: MAIL }))).toEqual(all);
    const nat = { client_id: 'nat', redirect_uri: 'http://127.0.0.1:7777/cb' };
    expect(await offered(await browser.reachConsent({ scope: ALL, ...nat }))).toEqual(all);
    expect(await offered(await test.newBrowser().reachConsent({ scope: ALL }, 'bob'))).toEqual(all);
  });
});

describe('CB-01 what the page told decides, not what is stored meanwhile', () => {
  it('CB-01 leaves out a scope that was unticked in this tab and allowed in another one', async () => {
    const first = await consentForm(await browser.reachConsent({ scope: ALL }), { scope: WRITE });
    await grantedScope({ scope: READ });
    expect(await redeemedScope(await leavingLocation(await browser.submit(first)))).toBe(WRITE);
  });

  it('CB-01 leaves out a scope that was taken back while the page was open', async () => {
    await grantedScope({ scope: READ });
    const form = await consentForm(await browser.reachConsent({ scope: `${READ} ${WRITE}` }));
    await disconnect();
    expect(await redeemedScope(await leavingLocation(await browser.submit(form)))).toBe(WRITE);
    expect(await storedScopes()).toEqual([WRITE]);
  });

  it('asks anew where all that the page told was taken back while it was open', async () => {
    await grantedScope({ scope: READ });
    const form = await consentForm(await browser.reachConsent({ scope: READ }));
    await disconnect();
    const page = await browser.follow(await browser.submit(form));
    expect(await offered(page.clone())).toEqual({ asked: [READ], allowed: [], changed: false });
    expect(await redeemedScope(await leavingLocation(await browser.submit(await consentForm(page))))).toBe(READ);
  });

  it.each([
    ['kept', [READ, SHARE], 400],
    ['scope', [WRITE, SHARE], 400],
  ])('CB-01 refuses a form with %s beyond the request, and the tab still completes', async (name, value, status) => {
    await grantedScope({ scope: ALL });
    const form = await consentForm(await browser.reachConsent({ scope: `${READ} ${WRITE}` }));
    const forged = await browser.submit({ ...form, fields: { ...form.fields, [name]: value } });
    expect(forged.status).toBe(status);
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'scope_beyond_request' });
    expect(await redeemedScope(await leavingLocation(await browser.submit(form)))).toBe(`${READ} ${WRITE}`);
  });

  it('CB-01 takes no scope for allowed because a form says so', async () => {
    const form = await consentForm(await browser.reachConsent({ scope: ALL }));
    const forged = { ...form, fields: { ...form.fields, scope: READ, kept: [WRITE, SHARE] } };
    expect(await redeemedScope(await leavingLocation(await browser.submit(forged)))).toBe(READ);
  });

  it('CB-07 answers a form with nothing new that is sent twice with one code', async () => {
    await grantedScope({ scope: READ });
    const form = await consentForm(await browser.reachConsent({ scope: READ }));
    const pages = await Promise.all([browser.submit(form), browser.submit(form)]);
    const [first, second] = await Promise.all(pages.map(leavingLocation));
    expect(second?.href).toBe(first?.href);
  });

  it('CB-07 keeps nothing of a user who switched', async () => {
    await grantedScope({ scope: READ });
    const page = await browser.reachConsent({ scope: READ });
    const signInPage = await browser.follow(await browser.submit(await switchUserForm(page)));
    expect(await offered(await browser.signIn(signInPage, 'bob'))).toMatchObject({ asked: [READ], allowed: [] });
  });
});

describe('CI-08 a client whose document changed', () => {
  const described = { ...DESCRIBED, scope: `${READ} ${WRITE}` };

  it('CI-08 asks for everything anew and says why, once', async () => {
    await describeClient(test, 'first');
    await browser.approve({ ...described, scope: READ });
    expect(await offered(await browser.reachConsent(described))).toMatchObject({ asked: [WRITE], changed: false });
    await describeClient(test, 'second');
    const page = await browser.reachConsent(described);
    expect(await offered(page.clone())).toEqual({ asked: [READ, WRITE], allowed: [], changed: true });
    await leavingLocation(await browser.submit(await consentForm(page, { scope: WRITE })));
    // What was allowed to the client as it was described before is forgotten with it.
    expect(await storedScopes(DESCRIBED.client_id)).toEqual([WRITE]);
    expect(await offered(await browser.reachConsent(described))).toMatchObject({ asked: [READ], changed: false });
  });

  it('CI-08 takes no approval of a page that showed the client as it was before', async () => {
    await describeClient(test, 'first');
    const form = await consentForm(await browser.reachConsent(described));
    await describeClient(test, 'second', { clientName: 'Another name' });
    const response = await browser.submit(form);
    expect(response.status).toBe(403);
    const { model } = await readPage(response);
    expect(await storedScopes(DESCRIBED.client_id)).toBeUndefined();
    const page = await browser.get(model.retryPath);
    expect((await readPage(page.clone())).model.client.name).toBe('Another name');
    await leavingLocation(await browser.submit(await consentForm(page)));
  });

  it('CI-08 sends nobody to an address that the document no longer names', async () => {
    const elsewhere: Partial<Client> = { redirectUris: ['https://other.test/cb'] };
    await describeClient(test, 'first');
    const form = await consentForm(await browser.reachConsent(described));
    await describeClient(test, 'second', elsewhere);
    const response = await browser.submit(form);
    expect(response.status).toBe(400);
    expect(test.events.at(-1)).toMatchObject({ reason: 'redirect_uri_not_registered' });
    expect(test.storage.events.some((event) => event.type === 'consent.granted')).toBe(false);
  });
});

async function disconnect(): Promise<void> {
  const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
  await test.storage.grants.disconnect('default', 'subject-of-alice', 'pub', revocation, {
    type: 'consent.withdrawn',
    outcome: 'allowed',
    tenantId: 'default',
    occurredAtEpochSeconds: test.clock.now,
  });
}
