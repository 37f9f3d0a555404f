import { beforeEach, describe, expect, it } from 'vitest';
import { encodeForm } from '../../testing/fixtures.js';
import { GOOD_REQUEST, signInForm, switchUserForm, type TestBrowser } from '../../testing/test-browser.js';
import { readPage } from '../../testing/test-pages.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

const SESSION = '__Host-portcullis-session';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer();
  browser = test.newBrowser();
});

const tryToSignIn = async (username: string, password: string): Promise<Response> =>
  browser.submit(await signInForm(await browser.authorize(), username, password));
const pageOf = async (response: Response) => (await readPage(response)).page;

it('signs in, whatever the case of the name', async () => {
  const response = await tryToSignIn('  ALICE ', 'alice-password');
  expect(response.status).toBe(303);
  expect(response.headers.get('location')).toMatch(/^\/interaction\?transaction=pct_/);
  expect(await pageOf(await browser.follow(response))).toBe('consent');
  expect(test.events.at(-1)).toMatchObject({ type: 'user.signed_in', username: 'alice' });
});

it('stays signed in for the next request', async () => {
  await browser.reachConsent();
  expect(await pageOf(await browser.authorize())).toBe('consent');
});

describe('CB-03 the session', () => {
  it('CB-03 is a new one at each sign-in, and the old one is dead', async () => {
    await browser.reachConsent();
    const first = browser.cookies.get(SESSION) ?? '';
    browser.cookies.delete(SESSION);
    const signInPage = await browser.authorize();
    browser.cookies.set(SESSION, first);
    await browser.signIn(signInPage);
    expect(browser.cookies.get(SESSION)).not.toBe(first);
    browser.cookies.set(SESSION, first);
    expect(await pageOf(await browser.authorize())).toBe('signIn');
  });

  it('CB-03 takes nothing that was planted before', async () => {
    const planted = `pcl_${'A'.repeat(43)}`;
    browser.cookies.set(SESSION, planted);
    await browser.reachConsent();
    expect(browser.cookies.get(SESSION)).not.toBe(planted);
  });

  it('CB-03 ends with a switch of the user, and its cookie opens nothing afterwards', async () => {
    const form = await switchUserForm(await browser.reachConsent());
    const session = browser.cookies.get(SESSION) ?? '';
    const response = await browser.submit(form);
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(test.events.at(-1)).toMatchObject({ type: 'user.signed_out', username: 'alice' });
    expect(await pageOf(await browser.follow(response))).toBe('signIn');
    browser.cookies.set(SESSION, session);
    expect(await pageOf(await browser.authorize())).toBe('signIn');
  });

  it('CB-03 ends when idle, and after 12 hours in any case', async () => {
    await browser.reachConsent();
    test.clock.now += 1800;
    expect(await pageOf(await browser.authorize())).toBe('consent');
    test.clock.now += 1801;
    const page = await browser.authorize();
    expect(await pageOf(page.clone())).toBe('signIn');
    await browser.signIn(page);
    for (let passed = 0; passed < 43_200; passed += 1200) {
      expect(await pageOf(await browser.authorize())).toBe('consent');
      test.clock.now += 1200;
    }
    expect(await pageOf(await browser.authorize())).toBe('signIn');
  });

  it('CB-03 sets cookies that scripts, other sites and plain http cannot have', async () => {
    const response = await tryToSignIn('alice', 'alice-password');
    expect(response.headers.getSetCookie()).toEqual([
      expect.stringMatching(
        /^__Host-portcullis-session=pcl_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=43200$/,
      ),
      expect.stringMatching(
        /^__Host-portcullis-known-[\w-]{11}=pck_[\w-]{43}\.\d{10}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Secure; Max-Age=15552000$/,
      ),
    ]);
  });

  it('CB-03 on plain loopback sets them without the prefix and Secure, with the port in the name', async () => {
    test = await startTestServer({ issuer: 'http://127.0.0.1:8808' });
    browser = test.newBrowser();
    const page = await browser.get('/account');
    const response = await browser.submit(await signInForm(page.clone(), 'alice', 'alice-password'));
    expect([...page.headers.getSetCookie(), ...response.headers.getSetCookie()]).toEqual([
      expect.stringMatching(
        /^portcullis-browser-8808-[A-Za-z0-9_-]{11}=pcb_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax$/,
      ),
      expect.stringMatching(
        /^portcullis-session-8808=pcl_[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/,
      ),
      expect.stringMatching(
        /^portcullis-known-8808-[\w-]{11}=pck_[\w-]{43}\.\d{10}\.[\w-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=15552000$/,
      ),
    ]);
  });

  it('CB-03 ignores a cookie whose name only looks right, and two of one name', async () => {
    await browser.reachConsent();
    const path = `/authorize?${encodeForm({ ...GOOD_REQUEST, prompt: 'none' })}`;
    const session = `${SESSION}=${browser.cookies.get(SESSION)}`;
    const errorWith = async (cookie: string) => {
      const response = await test.send(path, { headers: { cookie } });
      return new URL(response.headers.get('location') ?? '').searchParams.get('error');
    };
    expect(await errorWith(session)).toBe('consent_required');
    expect(await errorWith(`a=b;\t${session} ;c=d`)).toBe('consent_required');
    expect(await errorWith(`\u00a0${session}`)).toBe('login_required');
    expect(await errorWith(`a=b; \u00a0${session}`)).toBe('login_required');
    expect(await errorWith(`${session}; ${SESSION}=pcl_${'A'.repeat(43)}`)).toBe('login_required');
    expect(await errorWith(session.toLowerCase())).toBe('login_required');
  });
});

describe('CB-08 the sign-in page', () => {
  it('CB-08 says and does the same for an unknown user and a wrong password', async () => {
    const form = await signInForm(await browser.authorize(), '', '');
    const answers: unknown[] = [];
    for (const [username, password] of [
      ['alice', 'wrong'],
      ['nobody', 'wrong'],
    ]) {
      const before = test.hashing.count;
      const response = await browser.submit({ ...form, fields: { ...form.fields, username, password } });
      const { page, model } = await readPage(response.clone());
      expect(model.username).toBe(username);
      const work = test.hashing.count - before;
      answers.push([response.status, [...response.headers], page, { ...model, username: '' }, work]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(test.events.filter((event) => event.type === 'user.sign_in_refused').map((event) => event.reason)).toEqual([
      'password_wrong',
      'user_unknown',
    ]);
  });

  it('CB-08 stops after ten tries per account, before any hash, and keeps the right password to itself', async () => {
    const form = await signInForm(await browser.authorize(), 'alice', 'wrong');
    for (let index = 0; index < 10; index += 1) expect((await browser.submit(form)).status).toBe(422);
    const right = { ...form, fields: { ...form.fields, username: ' ALICE', password: 'alice-password' } };
    // Of a name that is nobody's as well.
    for (const username of ['alice', 'nobody']) {
      const named = { ...form, fields: { ...form.fields, username } };
      while ((await browser.submit(named)).status === 422);
      const { model } = await readPage(await browser.submit(named));
      expect(model.summary).toContain('the account that you named: a browser in which you signed in to it before');
    }
    const hashed = test.hashing.count;
    for (const attempt of [form, right]) {
      const response = await browser.submit(attempt);
      expect(response.status).toBe(429);
      expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
      expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: 'sign_in_per_account' });
    }
    expect(test.hashing.count).toBe(hashed);
    expect((await browser.submit({ ...form, fields: { ...form.fields, username: 'bob' } })).status).toBe(422);
    test.clock.now += 60;
    expect((await browser.submit(right)).status).toBe(303);
  });

  it('CB-08 gives a try that signs in its own point back, and forgives no other', async () => {
    const tryIn = async (password: string): Promise<number> => {
      const fresh = test.newBrowser();
      return (await fresh.submit(await signInForm(await fresh.authorize(), 'alice', password))).status;
    };
    for (let index = 0; index < 9; index += 1) expect(await tryIn('wrong')).toBe(422);
    for (let index = 0; index < 3; index += 1) expect(await tryIn('alice-password')).toBe(303);
    expect(await tryIn('wrong')).toBe(422);
    for (const password of ['wrong', 'alice-password']) expect(await tryIn(password)).toBe(429);
  });

  it('CB-08 judges no more than ten guesses that come at once, with right ones among them', async () => {
    const forms = await Promise.all(
      Array.from({ length: 15 }, async (_, index) => {
        const fresh = test.newBrowser();
        return {
          fresh,
          form: await signInForm(await fresh.authorize(), 'alice', index === 0 ? 'alice-password' : 'wrong'),
        };
      }),
    );
    const answers = await Promise.all(forms.map(({ fresh, form }) => fresh.submit(form)));
    expect(answers.filter(({ status }) => status === 422).length).toBeLessThanOrEqual(10);
    expect(answers.filter(({ status }) => status === 429).length).toBeGreaterThanOrEqual(4);
  });

  it('CB-08 stops after sixty tries per network', async () => {
    const form = await signInForm(await browser.authorize(), '', 'wrong');
    for (let index = 0; index < 60; index += 1) {
      const fields = { ...form.fields, username: `user${index}` };
      expect((await browser.submit({ ...form, fields })).status).toBe(422);
    }
    expect((await browser.submit(form)).status).toBe(429);
    expect(test.events.at(-1)).toMatchObject({ rule: 'sign_in_per_network' });
  });

  it.each(['//evil.test', '/\\evil.test', 'https:evil.test', '%2f%2fevil'])(
    'CB-08 goes nowhere else for return_to=%s',
    async (return_to) => {
      const form = await signInForm(await browser.authorize(), 'alice', 'alice-password');
      const response = await browser.submit({ ...form, fields: { ...form.fields, return_to } });
      expect(response.headers.get('location')).toMatch(/^\/interaction\?transaction=pct_[A-Za-z0-9_-]{43}$/);
    },
  );

  it('CB-08 counts tries for the account page with all others', async () => {
    const transaction = await signInForm(await browser.authorize(), 'alice', 'wrong');
    const account = await signInForm(await browser.get('/account'), 'alice', 'wrong');
    for (let index = 0; index < 5; index += 1) {
      expect((await browser.submit(transaction)).status).toBe(422);
      expect((await browser.submit(account)).status).toBe(422);
    }
    for (const form of [transaction, account]) {
      const response = await browser.submit({ ...form, fields: { ...form.fields, password: 'alice-password' } });
      expect(response.status).toBe(429);
    }
    const { model } = await readPage(await browser.submit(account));
    expect(model.retryPath).toBe('/account');
  });

  it.each([
    ['nothing', '', ''],
    ['an endless name', 'a'.repeat(129), 'x'],
    ['an endless password', 'alice', 'x'.repeat(1025)],
  ])('CB-08 refuses %s like any other', async (_title, username, password) => {
    expect((await tryToSignIn(username, password)).status).toBe(422);
    expect(test.hashing.count).toBe(1);
  });

  it('CB-01 refuses a form without its token, so that nobody is signed in as somebody else', async () => {
    const form = await signInForm(await browser.authorize(), 'bob', 'bob-password');
    const fields = { ...form.fields, csrf_token: undefined };
    expect((await browser.submit({ ...form, fields })).status).toBe(403);
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(test.hashing.count).toBe(0);
  });

  it('signs nobody in with a password that is reset while it is being checked', async () => {
    const { passwordHasher } = test.ports;
    const verify = passwordHasher.verify;
    passwordHasher.verify = async (hash, password) => {
      const now = test.clock.now;
      const facts = { type: 'user.password_reset', outcome: 'allowed', tenantId: 'default' } as const;
      const event = { ...facts, occurredAtEpochSeconds: now };
      const isRight = await verify(hash, password);
      await test.storage.users.resetPassword(
        'default',
        'subject-of-alice',
        'another',
        { now, markLifetimeSeconds: 630 },
        event,
      );
      return isRight;
    };
    let sessionHash = '';
    const begin = test.storage.signInSessions.begin;
    test.storage.signInSessions.begin = async (session) => {
      sessionHash = session.sessionHash;
      await begin(session);
    };
    expect((await tryToSignIn('alice', 'alice-password')).status).toBe(422);
    expect(browser.cookies.has(SESSION)).toBe(false);
    expect(sessionHash).not.toBe('');
    expect(await test.storage.signInSessions.use('default', sessionHash, test.clock.now, 1800)).toBeUndefined();
    expect(test.events.at(-1)).toMatchObject({ type: 'user.sign_in_refused', reason: 'password_changed' });
  });

  it('signs nobody in for a transaction that ended', async () => {
    const form = await signInForm(await browser.authorize(), 'alice', 'alice-password');
    test.clock.now += 600;
    expect((await browser.submit(form)).status).toBe(400);
    expect(test.hashing.count).toBe(0);
  });
});

it('G3 keeps passwords, cookies and handles out of the trail', async () => {
  await tryToSignIn('bob', 'canary-password');
  await browser.approve();
  const kept = JSON.stringify([test.events, test.storage.events]);
  for (const secret of [...browser.cookies.values(), 'canary-password', 'bob-password', 'pct_', 'pcc_']) {
    expect(kept).not.toContain(secret);
  }
});
