import { createMemoryStorage } from '@portcullis/ports/memory';
import { beforeEach, describe, expect, it } from 'vitest';
import { consentForm, fieldsOf, leavingLocation, switchUserForm, type TestBrowser } from '../testing/test-browser.js';
import { claimsOf, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { createTestSignIn, type TestSignIn } from '../testing/test-sign-in.js';

let test: TestServer;
let signIn: TestSignIn;
let browser: TestBrowser;
beforeEach(async () => {
  signIn = createTestSignIn();
  test = await startTestServer({}, createMemoryStorage(), { signIn });
  browser = test.newBrowser();
});

/** Carol, who is known elsewhere alone. */
const carol = (changes = {}) => ({
  subject: 'idp|carol@example.com',
  username: 'Carol',
  authenticatedAtEpochSeconds: test.clock.now,
  ...changes,
});
const dave = () => ({ subject: 'idp|dave', authenticatedAtEpochSeconds: test.clock.now });

/** A consent page that Carol reached by way of the other site. */
async function carolAtConsent(): Promise<Response> {
  return signIn.complete(browser, await browser.authorize(), carol());
}

const setDisabled = (subject: string, disabled: boolean) => {
  const occurredAtEpochSeconds = test.clock.now;
  const facts = { outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds } as const;
  const { users } = test.storage;
  return disabled
    ? users.disable(
        'default',
        subject,
        { now: test.clock.now, markLifetimeSeconds: 630 },
        { type: 'user.disabled', ...facts },
      )
    : users.enable('default', subject, { type: 'user.enabled', ...facts });
};

describe('a sign-in of the host', () => {
  it('sends the browser elsewhere and takes it back to the transaction, with a token for the subject as it is', async () => {
    const left = await browser.authorize();
    expect(left.status).toBe(303);
    expect(signIn.asked).toEqual([
      {
        returnPath: expect.stringMatching(/^\/interaction\?transaction=pct_[A-Za-z0-9_-]{43}$/),
        purpose: {
          kind: 'authorization',
          client: expect.objectContaining({ name: 'Client pub' }),
          resourceName: 'Files',
        },
        authenticatedSince: undefined,
        signedInAs: undefined,
        anotherUser: false,
      },
    ]);
    const consent = await signIn.complete(browser, left, carol());
    const shown = await readPage(consent.clone());
    expect([shown.page, shown.model.username]).toEqual(['consent', 'Carol']);
    const location = await leavingLocation(await browser.submit(await consentForm(consent)));
    const response = await test.postForm('/token', redemption(location.searchParams.get('code') ?? ''));
    const tokens = (await response.json()) as Tokens;
    expect(claimsOf(tokens.access_token)).toMatchObject({
      sub: 'idp|carol@example.com',
      auth_time: test.clock.now,
    });
    expect(await test.storage.users.findBySubject('default', 'idp|carol@example.com')).toEqual({
      tenantId: 'default',
      subject: 'idp|carol@example.com',
      username: 'Carol',
      passwordHash: undefined,
      disabled: false,
      createdAtEpochSeconds: test.clock.now,
    });
  });

  it('has no password page and needs no hasher', async () => {
    await browser.authorize();
    expect((await test.postForm('/interaction/sign-in', {})).status).toBe(404);
    expect(test.server.handles('/interaction/sign-in')).toBe(false);
    expect(test.hashing.count).toBe(0);
  });

  it('keeps a user once, and a new name when there is one', async () => {
    await carolAtConsent();
    expect((await readPage(await browser.authorize())).page).toBe('consent');
    await browser.get('/account');
    expect(test.storage.events.filter((event) => event.type === 'user.recognised')).toHaveLength(1);
    expect(test.events.filter((event) => event.type === 'user.recognised')).toHaveLength(1);

    const renamed = test.newBrowser();
    const page = await signIn.complete(renamed, await renamed.authorize(), carol({ username: 'Carol\u202e B.' }));
    expect((await readPage(page)).model.username).toBe('Carol B.');
    const stored = await test.storage.users.findBySubject('default', 'idp|carol@example.com');
    expect(stored?.username).toBe('Carol B.');
  });

  it('names a user without a name by the stored one, or else by the subject', async () => {
    const page = await signIn.complete(browser, await browser.authorize(), dave());
    expect((await readPage(page)).model.username).toBe('idp|dave');
    signIn.remember(browser, carol());
    await browser.authorize();
    signIn.remember(browser, { ...dave(), subject: carol().subject });
    expect((await readPage(await browser.authorize())).model.username).toBe('Carol');
  });

  it('keeps nothing of a user who only sends a bad request', async () => {
    signIn.remember(browser, carol());
    const response = await browser.get('/authorize?client_id=pub&response_type=token');
    expect(response.headers.get('location')).toContain('error=');
    expect(await test.storage.users.findBySubject('default', carol().subject)).toBeUndefined();
  });

  it('CB-07 keeps two tabs apart', async () => {
    const first = await browser.authorize({ state: 'first' });
    const second = await browser.authorize({ state: 'second' });
    const secondConsent = await signIn.complete(browser, second, carol());
    const firstConsent = await signIn.complete(browser, first, carol());
    for (const [consent, state] of [
      [secondConsent, 'second'],
      [firstConsent, 'first'],
    ] as const) {
      const location = await leavingLocation(await browser.submit(await consentForm(consent)));
      expect(location.searchParams.get('state')).toBe(state);
    }
  });

  it('CB-01 shows the way back to no other browser, whoever is signed in there', async () => {
    const left = await browser.authorize();
    const other = test.newBrowser();
    const response = await signIn.complete(other, left, carol());
    expect(response.status).toBe(400);
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'other_browser' });
  });

  it('lets another user in by "Not you?", and tells the sign-in that one is wanted', async () => {
    const consent = await carolAtConsent();
    const stale = await consentForm(consent.clone());
    const response = await browser.submit(await switchUserForm(consent));
    // Not by a redirect: browsers would hold one to another site against `form-action`.
    expect(response.status).toBe(200);
    const { page, model } = await readPage(response.clone());
    expect([page, model.reason, model.goesOn]).toEqual(['signedOut', 'asked', true]);
    expect(browser.cookies.has('embedder-login')).toBe(false);
    expect(test.events.at(-1)).toMatchObject({ type: 'user.signed_out', username: 'Carol' });

    const left = await browser.follow(response);
    expect(signIn.asked.at(-1)).toMatchObject({ anotherUser: true });
    expect(signIn.asked.at(-1)?.returnPath).toBe(signIn.asked.at(0)?.returnPath);
    const next = await signIn.complete(browser, left, dave());
    expect((await readPage(next.clone())).model.username).toBe('idp|dave');
    expect((await browser.submit(stale)).status).toBe(403);
    const location = await leavingLocation(await browser.submit(await consentForm(next)));
    const code = location.searchParams.get('code') ?? '';
    const tokens = (await (await test.postForm('/token', redemption(code))).json()) as Tokens;
    expect(claimsOf(tokens.access_token)['sub']).toBe('idp|dave');
  });

  it('serves the account page, with its way out', async () => {
    const left = await browser.get('/account');
    expect(signIn.asked.at(-1)).toMatchObject({ returnPath: '/account', purpose: { kind: 'account' } });
    const { page, model } = await readPage(await signIn.complete(browser, left, carol()));
    expect([page, model.username]).toEqual(['account', 'Carol']);
    const out = await browser.submit(fieldsOf(model.signOutForm));
    expect((await readPage(out)).model).toMatchObject({ reason: 'asked', goesOn: false });
    await browser.get('/account?user=another');
    expect(signIn.asked.at(-1)).toMatchObject({ returnPath: '/account', anotherUser: true });
  });

  it('is told since when a proof counts, and whom to expect', async () => {
    await carolAtConsent();
    const since = test.clock.now;
    test.clock.now += 60;
    const left = await browser.authorize({ prompt: 'login' });
    expect(signIn.asked.at(-1)).toMatchObject({
      authenticatedSince: since + 60,
      signedInAs: { subject: 'idp|carol@example.com', username: 'Carol' },
    });
    const stale = await signIn.complete(browser, left, carol({ authenticatedAtEpochSeconds: since }));
    expect(stale.status).toBe(303);
    expect((await readPage(await signIn.complete(browser, stale, carol()))).page).toBe('consent');
  });
});

describe('whom a sign-in may name', () => {
  it.each([
    ['a client', 'client:pub'],
    ['a workload', 'workload:builds:deploy'],
    ['nobody', ''],
    ['a blank', 'a b'],
    ['a line break', 'a\nb'],
    ['a letter beyond ASCII', 'çarol'],
    ['more than 255 characters', 'x'.repeat(256)],
  ])('not %s', async (_title, subject) => {
    const left = await browser.authorize();
    const response = await signIn.complete(browser, left, carol({ subject }));
    expect(response.status).toBe(403);
    const { page, model } = await readPage(response);
    expect([page, model.summary]).toEqual(['error', expect.stringMatching(/^Whoever runs this server has to look/)]);
    expect(test.events.at(-1)).toMatchObject({ type: 'user.sign_in_refused', reason: 'subject_unusable' });
    expect((await browser.get('/account')).status).toBe(403);
    expect(await test.storage.users.list('default')).toHaveLength(2);
  });

  it.each(['x'.repeat(255), 'auth0|65f', 'clients:x', 'https://idp.test/users/1', 'Client:x'])(
    'but %s, exactly as given',
    async (subject) => {
      const consent = await signIn.complete(browser, await browser.authorize(), carol({ subject }));
      expect((await readPage(consent)).page).toBe('consent');
      expect((await test.storage.users.findBySubject('default', subject))?.subject).toBe(subject);
    },
  );

  it.each<[string, (now: number) => unknown, string]>([
    ['counts milliseconds', (now) => now * 1000, 'in the future, by 1798200000000 s; is it in milliseconds, or'],
    ['is no whole number', (now) => now - 0.5, 'must be a whole number of seconds'],
    ['is no number', () => Number.NaN, 'must be a whole number of seconds'],
    ['is a date', (now) => new Date(now * 1000), 'must be a whole number of seconds'],
    ['is a text', String, 'must be a whole number of seconds'],
    ['is missing', () => undefined, 'is missing'],
    ['lies in the future', (now) => now + 31, 'in the future, by 31 s; is it in milliseconds, or'],
  ])('with no time that %s, as the trail has it', async (_title, timeOf, problem) => {
    const left = await browser.authorize();
    const named = carol({ authenticatedAtEpochSeconds: timeOf(test.clock.now) });
    expect((await signIn.complete(browser, left, named)).status).toBe(403);
    expect(test.events.at(-1)).toMatchObject({
      type: 'user.sign_in_refused',
      reason: 'sign_in_time_unusable',
      detail: expect.stringContaining(`authenticatedAtEpochSeconds: ${problem}`),
    });
  });

  it('with a clock that is a little ahead, as of now', async () => {
    const named = carol({ authenticatedAtEpochSeconds: test.clock.now + 30 });
    const consent = await signIn.complete(browser, await browser.authorize({ prompt: 'login' }), named);
    const location = await leavingLocation(await browser.submit(await consentForm(consent)));
    const response = await test.postForm('/token', redemption(location.searchParams.get('code') ?? ''));
    expect(claimsOf(((await response.json()) as Tokens).access_token)['auth_time']).toBe(test.clock.now);
  });

  it('a user who has a password here as well, without a new name', async () => {
    const named = { subject: 'subject-of-alice', username: 'Somebody', authenticatedAtEpochSeconds: test.clock.now };
    const consent = await signIn.complete(browser, await browser.authorize(), named);
    expect((await readPage(consent)).page).toBe('consent');
    const stored = await test.storage.users.findBySubject('default', 'subject-of-alice');
    expect(stored).toMatchObject({ username: 'alice', passwordHash: 'hashed alice-password' });
  });
});

describe('a disabled user', () => {
  it('is told so on every page, and may only sign out', async () => {
    const consent = await carolAtConsent();
    const form = await consentForm(consent.clone());
    const switchForm = await switchUserForm(consent);
    const account = await readPage(await browser.get('/account'));
    await setDisabled(carol().subject, true);

    for (const answer of [
      await browser.submit(form),
      await browser.authorize(),
      await browser.get('/account'),
      await browser.submit(fieldsOf(account.model.disconnectForm, { client_id: 'pub' })),
    ]) {
      expect(answer.status).toBe(403);
      const { page, model } = await readPage(answer);
      expect([page, model.username]).toEqual(['disabledUser', 'Carol']);
      expect(test.events.at(-1)).toMatchObject({ type: 'user.sign_in_refused', reason: 'user_disabled' });
    }
    expect(test.storage.events.some((event) => event.type === 'consent.granted')).toBe(false);
    const out = await browser.submit(switchForm);
    expect((await readPage(out.clone())).page).toBe('signedOut');
    expect((await browser.follow(out)).headers.get('location')).toMatch(/^https:\/\/login\.test\//);
  });

  it('signs out of the account page by the form that is shown there', async () => {
    await carolAtConsent();
    await setDisabled(carol().subject, true);
    const { model } = await readPage(await browser.get('/account'));
    expect((await readPage(await browser.submit(fieldsOf(model.another.form)))).page).toBe('signedOut');
    expect(browser.cookies.has('embedder-login')).toBe(false);
  });

  it('may sign out at a browser that was never here before', async () => {
    await carolAtConsent();
    await setDisabled(carol().subject, true);
    const fresh = test.newBrowser();
    signIn.remember(fresh, carol());
    const { model } = await readPage(await fresh.get('/account'));
    expect((await readPage(await fresh.submit(fieldsOf(model.another.form)))).page).toBe('signedOut');
  });

  it('holds no tokens, and gets none for a code that was on its way', async () => {
    const consent = await carolAtConsent();
    const location = await leavingLocation(await browser.submit(await consentForm(consent)));
    const response = await test.postForm('/token', redemption(location.searchParams.get('code') ?? ''));
    const { refresh_token } = (await response.json()) as Tokens;
    const second = await leavingLocation(await browser.submit(await consentForm(await browser.authorize())));
    await setDisabled(carol().subject, true);
    expect((await test.postForm('/token', refreshing(refresh_token))).status).toBe(400);
    const late = await test.postForm('/token', redemption(second.searchParams.get('code') ?? ''));
    expect(await late.json()).toMatchObject({ error: 'invalid_grant' });
  });

  it('is nobody to prompt=none, and comes back when enabled', async () => {
    await carolAtConsent();
    await setDisabled(carol().subject, true);
    const silent = await browser.authorize({ prompt: 'none' });
    expect(new URL(silent.headers.get('location') ?? '').searchParams.get('error')).toBe('login_required');
    await setDisabled(carol().subject, false);
    expect((await readPage(await browser.authorize())).page).toBe('consent');
  });
});
