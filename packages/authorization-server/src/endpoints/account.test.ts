import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { FILES, type Form, MAIL } from '../testing/fixtures.js';
import { fieldsOf, type ShownForm, signInForm, type TestBrowser } from '../testing/test-browser.js';
import { obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { DESCRIBED, DOCUMENT_PORTS, describeClient } from '../testing/test-client-document.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const NOTICE = '__Host-portcullis-notice';
const SESSION = '__Host-portcullis-session';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer({}, createMemoryStorage(), DOCUMENT_PORTS);
  browser = test.newBrowser();
});

/** The account page of a user who signs in for it where need be. */
async function openAccount(username = 'alice'): Promise<Response> {
  const page = await browser.get('/account');
  return (await readPage(page.clone())).page === 'signIn' ? browser.signIn(page, username) : page;
}

async function disconnectForm(clientId: string, page?: Response): Promise<ShownForm> {
  const { model } = await readPage(page ?? (await openAccount()));
  return fieldsOf(model.disconnectForm, { client_id: clientId });
}

async function connect(changes: Form = {}): Promise<Tokens> {
  const response = await test.postForm('/token', redemption(await obtainCode(test, changes, browser)));
  expect(response.status).toBe(200);
  return (await response.json()) as Tokens;
}

const withdrawn = () => test.storage.events.filter((event) => event.type === 'consent.withdrawn');
const isDead = async (tokens: Tokens) =>
  (await test.postForm('/token', refreshing(tokens.refresh_token))).status === 400;

describe('the account page', () => {
  it('asks for a sign-in of its own, and then shows that nothing is connected', async () => {
    const page = await browser.get('/account');
    const shown = await readPage(page.clone());
    expect(shown.page).toBe('signIn');
    expect(shown.model.purpose).toEqual({ kind: 'account' });
    const response = await browser.submit(await signInForm(page, 'alice', 'alice-password'));
    expect([response.status, response.headers.get('location')]).toEqual([303, '/account']);
    const { page: name, model } = await readPage(await browser.follow(response));
    expect(name).toBe('account');
    expect(model).toMatchObject({ username: 'alice', clients: [] });
    expect(model.notice).toBeUndefined();
    expect(test.events.at(-1)).toMatchObject({ type: 'user.signed_in', username: 'alice' });
    expect(test.events.at(-1)?.clientId).toBeUndefined();
  });

  it('shows each client with who vouches for it, what it may do where, and when it last did', async () => {
    const connectedAt = test.clock.now;
    const tokens = await connect();
    await connect({ resource: MAIL, scope: 'files:read' });
    await describeClient(test, 'first', { clientName: '<b>Described</b>\u202e' });
    test.clock.now += 100;
    await browser.approve({ ...DESCRIBED, scope: 'files:write' });
    const metadata = {
      redirect_uris: ['https://evil.test/cb'],
      token_endpoint_auth_method: 'none',
      client_name: 'Own',
    };
    const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
    await browser.approve({ client_id, redirect_uri: 'https://evil.test/cb' });
    test.clock.now += 100;
    expect((await test.postForm('/token', refreshing(tokens.refresh_token))).status).toBe(200);

    const { model } = await readPage(await openAccount());
    const words = (names: string[]) => names.map((name) => ({ name, description: `use ${name}` }));
    const both = words(['files:read', 'files:write']);
    const files = { resourceName: 'Files', resource: FILES, descriptionChanges: [] };
    expect(model.nowEpochSeconds).toBe(connectedAt + 200);
    expect(model.clients[0]).toEqual({
      clientId: 'pub',
      name: 'Client pub',
      vouching: 'operator',
      resources: [
        {
          ...files,
          scopes: both,
          connectedAtEpochSeconds: connectedAt,
          lastUsedAtEpochSeconds: connectedAt + 200,
        },
        {
          ...files,
          resourceName: 'Mail',
          resource: MAIL,
          scopes: words(['files:read']),
          connectedAtEpochSeconds: connectedAt,
          lastUsedAtEpochSeconds: connectedAt,
        },
      ],
    });
    expect(model.clients.slice(1)).toEqual(
      expect.arrayContaining([
        {
          clientId: DESCRIBED.client_id,
          name: '<b>Described</b>',
          vouching: 'document',
          resources: [{ ...files, scopes: words(['files:write']), connectedAtEpochSeconds: connectedAt + 100 }],
        },
        {
          clientId: client_id,
          name: 'Own',
          vouching: 'self_registered',
          resources: [{ ...files, scopes: both, connectedAtEpochSeconds: connectedAt + 100 }],
        },
      ]),
    );
  });

  it('shows a client, a resource and a scope that are gone by their names', async () => {
    await connect();
    const { platform } = test.ports;
    const bare = await startTestServer({ configuredClients: [], resources: [] }, test.storage, { platform });
    const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const { model } = await readPage(await bare.send('/account', { headers: { cookie } }));
    expect(model.clients).toMatchObject([
      {
        clientId: 'pub',
        name: 'pub',
        vouching: 'gone',
        resources: [
          { resourceName: FILES, scopes: [{ name: 'files:read', description: '' }, { name: 'files:write' }] },
        ],
      },
    ]);
  });

  it('shows nobody what is connected to somebody else', async () => {
    await connect();
    browser = test.newBrowser();
    expect((await readPage(await openAccount('bob'))).model.clients).toEqual([]);
  });

  it('CB-08 leads to the account page and nowhere else, whatever the request says', async () => {
    for (const return_to of ['//evil.test', '/\\evil.test', 'https:evil.test', '%2f%2fevil']) {
      browser = test.newBrowser();
      const page = await browser.get(`/account?${new URLSearchParams({ return_to, transaction: return_to })}`);
      const form = await signInForm(page, 'alice', 'alice-password');
      const response = await browser.submit({ ...form, fields: { ...form.fields, return_to } });
      expect(response.headers.get('location')).toBe('/account');
    }
  });

  it('tells what was done from a cookie of its own, once, and never from the address', async () => {
    await connect();
    const asked = await readPage(await browser.get('/account?notice=disconnected&status=disconnected'));
    expect(asked.model.notice).toBeUndefined();
    const response = await browser.submit(await disconnectForm('pub'));
    expect([response.status, response.headers.get('location')]).toEqual([303, '/account']);
    expect(response.headers.getSetCookie()).toEqual([
      `${NOTICE}=disconnected.cHVi; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60`,
    ]);
    expect((await readPage(await browser.follow(response))).model).toMatchObject({
      notice: 'disconnected',
      noticeClientName: 'Client pub',
    });
    expect((await readPage(await browser.get('/account'))).model.notice).toBeUndefined();
    browser.cookies.set(NOTICE, '<script>alert(1)</script>');
    expect((await readPage(await browser.get('/account'))).model.notice).toBeUndefined();
  });
});

describe('disconnecting', () => {
  it('ends the grants of this user and client with their access tokens, and forgets the consents', async () => {
    const tokens = await connect();
    await connect({ resource: MAIL });
    const response = await browser.submit(await disconnectForm('pub'));
    expect(response.status).toBe(303);
    expect(withdrawn()).toEqual([
      expect.objectContaining({ clientId: 'pub', clientName: 'Client pub', username: 'alice', outcome: 'allowed' }),
    ]);
    expect(test.events.at(-1)).toEqual(withdrawn()[0]);
    expect(await isDead(tokens)).toBe(true);
    const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
    expect(marks.map(({ kind }) => kind)).toEqual(['grant', 'grant']);
    expect((await readPage(await openAccount())).model.clients).toEqual([]);
    const consent = await readPage(await browser.reachConsent());
    expect(consent.model.allowedScopes).toEqual([]);
  });

  it('asks nobody else: a client whose document is old and whose host is down can be seen and disconnected', async () => {
    await describeClient(test, 'first');
    await browser.approve(DESCRIBED);
    test.clock.now += 100 * 86_400;
    const page = await openAccount();
    expect((await readPage(page.clone())).model.clients).toMatchObject([{ vouching: 'document' }]);
    expect((await browser.submit(await disconnectForm(DESCRIBED.client_id, page))).status).toBe(303);
    expect(withdrawn()).toMatchObject([{ clientId: DESCRIBED.client_id, clientName: `Client ${DESCRIBED.client_id}` }]);
  });

  it('leaves other clients and other users alone', async () => {
    const nat = { client_id: 'nat', redirect_uri: 'http://127.0.0.1/cb' };
    const location = await browser.approve(nat);
    await test.postForm('/token', redemption(location.searchParams.get('code') ?? '', nat));
    await connect();
    const other = test.newBrowser();
    await other.approve({}, 'bob');
    await browser.submit(await disconnectForm('pub'));
    const left = await readPage(await openAccount());
    expect(left.model.clients.map((one: { clientId: string }) => one.clientId)).toEqual(['nat']);
    expect(await test.storage.consents.listOfUser('default', 'subject-of-bob')).toHaveLength(1);
  });

  it('CB-07 answers a double click alike, and withdraws once', async () => {
    await connect();
    const form = await disconnectForm('pub');
    const responses = await Promise.all([browser.submit(form), browser.submit(form)]);
    expect(responses.map((response) => response.headers.get('location'))).toEqual(['/account', '/account']);
    expect(withdrawn()).toHaveLength(1);
  });

  it('says the same of a client that is unknown and of one that is not connected', async () => {
    const page = await openAccount();
    for (const clientId of ['pub', 'unknown', '../x', "'; drop"]) {
      const response = await browser.submit(await disconnectForm(clientId, page.clone()));
      expect((await readPage(await browser.follow(response))).model.notice).toBe('nothing_to_disconnect');
    }
    expect(withdrawn()).toEqual([]);
  });

  it.each([undefined, '', 'x'.repeat(2049)])('refuses the client id %s', async (clientId) => {
    const form = await disconnectForm('pub');
    const response = await browser.submit({ ...form, fields: { ...form.fields, client_id: clientId } });
    expect(response.status).toBe(400);
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'client_id_missing' });
  });

  it('AZ-11 takes the trust of a silent error redirect with it', async () => {
    const metadata = { redirect_uris: ['https://evil.test/cb'], token_endpoint_auth_method: 'none' };
    const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
    const client = { client_id, redirect_uri: 'https://evil.test/cb' };
    await browser.approve(client);
    const failing = `/authorize?${new URLSearchParams({ ...client, response_type: 'token' })}`;
    expect((await browser.get(failing)).status).toBe(303);
    await browser.submit(await disconnectForm(client_id));
    expect((await readPage(await browser.get(failing))).page).toBe('untrustedRedirect');
  });
});

describe('CB-01 forms of the account page', () => {
  const forgeries: [string, (form: ShownForm) => ShownForm, Record<string, string>, string][] = [
    ['no CSRF token', (form) => change(form, { csrf_token: undefined }), {}, 'csrf_token_mismatch'],
    ['a wrong CSRF token', (form) => change(form, { csrf_token: 'x'.repeat(43) }), {}, 'csrf_token_mismatch'],
    ['another origin', (form) => form, { origin: 'https://evil.test' }, 'foreign_origin'],
    ['the origin null', (form) => form, { origin: 'null' }, 'foreign_origin'],
    ['another site', (form) => form, { 'sec-fetch-site': 'cross-site' }, 'foreign_fetch_site'],
    ['no cookies', (form) => form, { cookie: '' }, 'other_browser'],
  ];
  const change = (form: ShownForm, fields: Form): ShownForm => ({ ...form, fields: { ...form.fields, ...fields } });

  describe.each(['disconnectForm', 'signOutForm'] as const)('%s', (name) => {
    it.each(forgeries)('CB-01 is refused with %s, and the page still works', async (_title, forge, headers, reason) => {
      const tokens = await connect();
      const { model } = await readPage(await openAccount());
      const form = fieldsOf(model[name], { client_id: 'pub' });
      const response = await browser.submit(forge(form), headers);
      expect(response.status).toBe(403);
      expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason });
      expect(withdrawn()).toEqual([]);
      expect(browser.cookies.has(SESSION)).toBe(true);
      expect((await browser.submit(form)).status).toBe(name === 'disconnectForm' ? 303 : 200);
      expect(await isDead(tokens)).toBe(name === 'disconnectForm');
    });
  });

  it('CB-01 takes no token of another user, another browser, or another form', async () => {
    await connect();
    const form = await disconnectForm('pub');
    const consent = await readPage(await browser.reachConsent());
    const signIn = await readPage(await test.newBrowser().get('/account'));
    const foreign = test.newBrowser();
    await foreign.reachConsent({}, 'alice');
    const other = await readPage(await foreign.get('/account'));
    for (const shown of [
      consent.model.form,
      consent.model.switchUserForm,
      signIn.model.form,
      other.model.signOutForm,
    ]) {
      expect((await browser.submit(change(form, { csrf_token: shown.csrfToken }))).status).toBe(403);
    }
    const bob = await browser.submit(fieldsOf(consent.model.switchUserForm));
    await browser.signIn(await browser.follow(bob), 'bob');
    expect((await browser.submit(form)).status).toBe(403);
    expect(withdrawn()).toEqual([]);
  });

  it('CB-01 signs nobody in by a form without its token, or with that of a transaction', async () => {
    const page = await browser.get('/account');
    const form = await signInForm(page, 'bob', 'bob-password');
    const transaction = await readPage(await browser.authorize());
    for (const csrf_token of [undefined, transaction.model.form.csrfToken]) {
      expect((await browser.submit(change(form, { csrf_token }))).status).toBe(403);
    }
    const moved = change(form, { transaction: transaction.model.form.transaction });
    expect((await browser.submit(moved)).status).toBe(403);
    expect(browser.cookies.has(SESSION)).toBe(false);
  });

  it('CB-01 refuses a sign-in form for the account from a browser without its cookie', async () => {
    const form = await signInForm(await browser.get('/account'), 'alice', 'alice-password');
    expect((await test.newBrowser().submit(form)).status).toBe(403);
    expect(test.events.at(-1)).toMatchObject({ reason: 'other_browser' });
  });
});

describe('signing out', () => {
  it('CB-03 ends the session, whose cookie opens nothing afterwards; clients stay connected', async () => {
    const tokens = await connect();
    const { model } = await readPage(await openAccount());
    const session = browser.cookies.get(SESSION) ?? '';
    const response = await browser.submit(fieldsOf(model.signOutForm));
    const shown = await readPage(response.clone());
    expect(shown.page).toBe('signedOut');
    expect(shown.model).toEqual({ reason: 'asked', continuePath: '/account?user=another', goesOn: false });
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(test.events.at(-1)).toMatchObject({ type: 'user.signed_out', username: 'alice' });
    browser.cookies.set(SESSION, session);
    expect((await readPage(await browser.get('/account'))).page).toBe('signIn');
    expect(await isDead(tokens)).toBe(false);
  });

  it('answers a second click as the first', async () => {
    const { model } = await readPage(await openAccount());
    const form = fieldsOf(model.signOutForm);
    await browser.submit(form);
    expect((await readPage(await browser.submit(form))).page).toBe('signedOut');
  });

  it('does nothing in the name of a session that ended, and says so', async () => {
    await connect();
    const form = await disconnectForm('pub');
    browser.cookies.delete(SESSION);
    const { page, model } = await readPage(await browser.submit(form));
    expect([page, model.reason, model.continuePath]).toEqual(['signedOut', 'session_ended', '/account']);
    expect(withdrawn()).toEqual([]);
  });
});

it('lies under the issuer where that has a path', async () => {
  test = await startTestServer({ issuer: 'https://as.test/t/acme', tenantId: 'acme', configuredClients: [] });
  browser = test.newBrowser();
  const { model } = await readPage(await browser.signIn(await browser.get('/t/acme/account')));
  expect(model.disconnectForm.action).toBe('/t/acme/account/disconnect');
  expect(test.server.accountPath).toBe('/t/acme/account');
  expect([...browser.cookies.keys()]).toEqual([
    expect.stringMatching(/^__Host-portcullis-browser-acme-[A-Za-z0-9_-]{11}$/),
    '__Host-portcullis-session-acme',
    expect.stringMatching(/^__Host-portcullis-known-acme-[\w-]{11}$/),
  ]);
});

it('answers other methods with 405', async () => {
  for (const [path, method] of [
    ['/account', 'POST'],
    ['/account/disconnect', 'PUT'],
    ['/account/sign-out', 'PUT'],
  ] as const) {
    expect((await test.send(path, { method })).status).toBe(405);
  }
});
