import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { encodeForm, type Form } from '../testing/fixtures.js';
import {
  consentForm,
  GOOD_REQUEST,
  leavingLocation,
  signInForm,
  switchUserForm,
  type TestBrowser,
} from '../testing/test-browser.js';
import { claimsOf, redemption, type Tokens } from '../testing/test-client.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { createTestSignIn } from '../testing/test-sign-in.js';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer();
  browser = test.newBrowser();
});

afterEach(() => {
  vi.restoreAllMocks();
});

/** In place of `setTimeout`: the time of the test goes on by what is waited for. */
const timePasses = ((then: () => void, milliseconds: number) => {
  test.clock.now += milliseconds / 1000;
  then();
}) as typeof setTimeout;

const LOGIN: Form = { prompt: 'login' };

it('asks for the password again for prompt=login, of whoever is signed in', async () => {
  await browser.reachConsent();
  test.clock.now += 10;
  const page = await browser.authorize(LOGIN);
  const shown = await readPage(page.clone());
  expect(shown.page).toBe('signIn');
  expect(shown.model).toMatchObject({ again: true, username: 'alice' });
  const consent = await browser.signIn(page);
  expect((await readPage(consent.clone())).page).toBe('consent');
  const location = await leavingLocation(await browser.submit(await consentForm(consent)));
  const redeemed = await test.postForm('/token', redemption(location.searchParams.get('code') ?? ''));
  const { access_token } = (await redeemed.json()) as Tokens;
  expect(claimsOf(access_token)['auth_time']).toBe(test.clock.now);
});

it('asks even a user who signed in this very second', async () => {
  const wait = vi.spyOn(globalThis, 'setTimeout').mockImplementation(timePasses);
  await browser.reachConsent();
  const page = await browser.authorize(LOGIN);
  expect((await readPage(page.clone())).page).toBe('signIn');
  expect((await readPage(await browser.signIn(page))).page).toBe('consent');
  // Waited once, for the very next second alone.
  expect(wait.mock.calls.map(([, milliseconds]) => milliseconds)).toEqual([1000]);
});

it.each<[string, Form]>([
  ['prompt=login', LOGIN],
  ['max_age=0', { max_age: '0' }],
])(
  'takes a sign-in of the host at once for %s, in the second of the one before, and never that one',
  async (_title, wish) => {
    vi.spyOn(globalThis, 'setTimeout').mockImplementation(timePasses);
    const signIn = createTestSignIn();
    test = await startTestServer({}, undefined, { signIn });
    browser = test.newBrowser();
    const erin = () => ({ subject: 'erin', authenticatedAtEpochSeconds: test.clock.now });
    signIn.remember(browser, erin());
    const left = await browser.authorize(wish);
    const [wanted] = signIn.asked;
    expect(wanted?.authenticatedSince).toBe(test.clock.now);
    // Who comes back without having signed in is sent again.
    expect((await browser.get(wanted?.returnPath ?? '')).headers.get('location')).toMatch(/^https:\/\/login\.test/);
    expect((await readPage(await signIn.complete(browser, left, erin()))).page).toBe('consent');
  },
);

it('holds the proofs of a sign-in whose clock is ahead against one another, and not against our time', async () => {
  const signIn = createTestSignIn();
  test = await startTestServer({}, undefined, { signIn });
  browser = test.newBrowser();
  const erin = () => ({ subject: 'erin', authenticatedAtEpochSeconds: test.clock.now + 20 });
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(timePasses);
  signIn.remember(browser, erin());
  test.clock.now += 5;
  const left = await browser.authorize(LOGIN);
  expect(signIn.asked).toHaveLength(1);
  test.clock.now += 5;
  // By our clock the proof of before is one of now for as long as the other clock is ahead.
  expect((await browser.get(signIn.asked[0]?.returnPath ?? '')).status).toBe(303);
  expect((await readPage(await signIn.complete(browser, left, erin()))).page).toBe('consent');
});

it('is satisfied by nothing but a new sign-in: not by the page, its address, or a form of another transaction', async () => {
  const other = await consentForm(await browser.reachConsent());
  test.clock.now += 10;
  const response = await browser.get(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...LOGIN })}`);
  const path = response.headers.get('location') ?? '';
  const handle = new URL(path, 'https://as.test').searchParams.get('transaction') ?? '';
  expect(handle).toMatch(/^pct_[A-Za-z0-9_-]{43}\.1800000010$/);
  for (const changed of [handle.replace(/\..*$/, ''), handle.replace(/\..*$/, '.1'), `${handle}0`]) {
    const tried = await browser.get(`/interaction?transaction=${changed}`);
    expect(tried.status).toBe(400);
  }
  const posted = await browser.submit({ ...other, fields: { ...other.fields, transaction: handle } });
  expect((await readPage(posted)).page).toBe('signedOut');
  expect((await readPage(await browser.get(path))).page).toBe('signIn');
  expect(test.storage.events.some((event) => event.type === 'consent.granted')).toBe(false);
});

it('lets somebody else sign in instead', async () => {
  await browser.reachConsent();
  test.clock.now += 10;
  const consent = await browser.signIn(await browser.authorize(LOGIN), 'bob');
  expect((await readPage(consent)).model.username).toBe('bob');
});

it('asks for max_age only where the sign-in is older', async () => {
  await browser.reachConsent();
  test.clock.now += 300;
  expect((await readPage(await browser.authorize({ max_age: '300' }))).page).toBe('consent');
  const page = await browser.authorize({ max_age: '299' });
  expect((await readPage(page.clone())).page).toBe('signIn');
  expect((await readPage(await browser.signIn(page))).page).toBe('consent');
});

it('does not ask again for a transaction that a person takes their time with', async () => {
  await browser.reachConsent();
  const form = await consentForm(await browser.authorize({ max_age: '30' }));
  test.clock.now += 200;
  await leavingLocation(await browser.submit(form));
});

it('asks anew after a wrong password, and after a switch of the user', async () => {
  await browser.reachConsent();
  test.clock.now += 10;
  const page = await browser.authorize(LOGIN);
  const refused = await browser.submit(await signInForm(page.clone(), 'alice', 'wrong'));
  expect(refused.status).toBe(422);
  const consent = await browser.signIn(page);
  const next = await browser.follow(await browser.submit(await switchUserForm(consent)));
  expect((await readPage(next)).page).toBe('signIn');
});
