import { beforeEach, expect, it } from 'vitest';
import { signInForm, type TestBrowser } from '../../testing/test-browser.js';
import { readPage } from '../../testing/test-pages.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer();
  browser = test.newBrowser();
});

const disable = () =>
  test.storage.users.disable(
    'default',
    'subject-of-alice',
    { now: test.clock.now, markLifetimeSeconds: 630 },
    { type: 'user.disabled', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now },
  );

it.each(['/account', undefined])('is told so with the right password only, at %s', async (path) => {
  await disable();
  const open = () => (path === undefined ? browser.authorize() : browser.get(path));
  const tried = async (username: string, password: string) => {
    const before = test.hashing.count;
    const response = await browser.submit(await signInForm(await open(), username, password));
    const { page, model } = await readPage(response.clone());
    return { status: response.status, page, problem: model.problem, hashed: test.hashing.count - before };
  };
  const wrong = await tried('alice', 'wrong');
  expect(wrong).toEqual(await tried('nobody', 'wrong'));
  expect(wrong).toMatchObject({ status: 422, page: 'signIn', hashed: 1 });
  expect(await tried('alice', 'alice-password')).toMatchObject({ status: 403, page: 'disabledUser', hashed: 1 });
  expect(test.events.at(-1)).toMatchObject({
    type: 'user.sign_in_refused',
    reason: 'user_disabled',
    username: 'alice',
  });
  expect(browser.cookies.has('__Host-portcullis-session')).toBe(false);
});

it('gets a way to sign in as somebody else', async () => {
  await disable();
  const page = await browser.authorize();
  const refused = await browser.submit(await signInForm(page, 'alice', 'alice-password'));
  const { model } = await readPage(refused);
  expect((await readPage(await browser.signIn(await browser.get(model.another.path), 'bob'))).page).toBe('consent');
});

it('has no session left', async () => {
  await browser.reachConsent();
  await disable();
  expect((await readPage(await browser.authorize())).page).toBe('signIn');
  expect((await readPage(await browser.get('/account'))).page).toBe('signIn');
});

it('is not signed in by a password that was checked while they were disabled', async () => {
  const { passwordHasher } = test.ports;
  const { verify } = passwordHasher;
  passwordHasher.verify = async (hash, password) => {
    const isRight = await verify(hash, password);
    await disable();
    return isRight;
  };
  const response = await browser.submit(await signInForm(await browser.authorize(), 'alice', 'alice-password'));
  expect(response.status).toBe(422);
  expect(test.events.at(-1)).toMatchObject({ reason: 'password_changed' });
});

it('is nobody once removed, whatever their session', async () => {
  await browser.reachConsent();
  const { findBySubject } = test.storage.users;
  // The session was read a moment before the removal ended it.
  test.storage.users.findBySubject = async (tenantId, subject) =>
    subject === 'subject-of-alice' ? undefined : findBySubject(tenantId, subject);
  expect((await readPage(await browser.authorize())).page).toBe('signIn');
  expect(test.storage.events.some((event) => event.type === 'user.recognised')).toBe(false);
});
