import { beforeEach, describe, expect, it } from 'vitest';
import { signInForm, type TestBrowser } from '../../testing/test-browser.js';
import { startTestServer, type TestServer } from '../../testing/test-server.js';
import { KNOWN_BROWSER_SECONDS } from './known-browser.js';

let test: TestServer;
/** Has signed in as alice, and out again. */
let known: TestBrowser;

beforeEach(async () => {
  test = await startTestServer();
  known = test.newBrowser();
  await tryIn(known, 'alice', 'alice-password');
  known.cookies.delete('__Host-portcullis-session');
  test.clock.now += 60;
});

const tryIn = async (browser: TestBrowser, username: string, password: string): Promise<number> =>
  (await browser.submit(await signInForm(await browser.authorize(), username, password))).status;

const knownCookies = (browser: TestBrowser): string[] =>
  [...browser.cookies.keys()].filter((name) => name.startsWith('__Host-portcullis-known-'));

const knownCookie = (browser: TestBrowser): string => knownCookies(browser)[0] ?? 'none';

async function addUser(username: string): Promise<void> {
  const passwordHash = `hashed ${username}-password`;
  const [tenantId, occurredAtEpochSeconds] = ['default', test.clock.now];
  const user = { subject: `subject-of-${username}`, username, passwordHash, disabled: false, tenantId };
  await test.storage.users.add(
    { ...user, createdAtEpochSeconds: test.clock.now },
    { type: 'user.added', outcome: 'allowed', tenantId, occurredAtEpochSeconds },
  );
}

/** Uses up the tries of an account from a browser that was never signed in. */
async function guess(username = 'alice'): Promise<TestBrowser> {
  const stranger = test.newBrowser();
  for (let i = 0; i < 10; i += 1) expect(await tryIn(stranger, username, 'wrong')).toBe(422);
  expect(await tryIn(stranger, username, 'wrong')).toBe(429);
  return stranger;
}

describe('a browser that has signed in as a user before', () => {
  it('CB-08 lets them in while a stranger guesses, who is kept out with the right password', async () => {
    const stranger = await guess();
    expect(await tryIn(stranger, 'alice', 'alice-password')).toBe(429);
    expect(await tryIn(known, 'alice', 'alice-password')).toBe(303);
  });

  it('CB-08 has a count of its own, which stops the right password too, and takes nothing of the account', async () => {
    for (let i = 0; i < 10; i += 1) expect(await tryIn(known, 'alice', 'wrong')).toBe(422);
    test.events.length = 0;
    expect(await tryIn(known, 'alice', 'alice-password')).toBe(429);
    expect(test.events).toContainEqual(
      expect.objectContaining({ type: 'rate_limit.exceeded', rule: 'sign_in_per_account_known_browser' }),
    );
    expect(await tryIn(test.newBrowser(), 'alice', 'alice-password')).toBe(303);
  });

  it('CB-08 has ten tries a minute, of thirty at once too', async () => {
    const form = await signInForm(await known.authorize(), 'alice', 'wrong');
    const answers = await Promise.all(Array.from({ length: 30 }, () => known.submit(form)));
    const statuses = answers.map(({ status }) => status).sort();
    expect(statuses).toEqual([...Array(10).fill(422), ...Array(20).fill(429)]);
    expect(await tryIn(test.newBrowser(), 'alice', 'alice-password')).toBe(303);
  });

  it('is none of nobody, whose proof anybody can make', async () => {
    const { hash } = test.ports.platform;
    const [secret, ends] = [`pck_${'A'.repeat(43)}`, test.clock.now + 60];
    const proof = hash(['portcullis known browser', 'nobody', secret, String(ends), hash('none')].join('\n'));
    const browser = test.newBrowser();
    browser.cookies.set(`__Host-portcullis-known-${hash('mallory').slice(0, 11)}`, `${secret}.${ends}.${proof}`);
    for (let i = 0; i < 10; i += 1) await tryIn(browser, 'mallory', 'wrong');
    test.events.length = 0;
    expect(await tryIn(browser, 'mallory', 'wrong')).toBe(429);
    expect(test.events).toContainEqual(
      expect.objectContaining({ type: 'rate_limit.exceeded', rule: 'sign_in_per_account' }),
    );
  });

  it('is none of another user', async () => {
    await guess('bob');
    const cookie = known.cookies.get(knownCookie(known)) ?? '';
    const thief = test.newBrowser();
    test.clock.now += 60;
    await tryIn(thief, 'bob', 'bob-password');
    thief.cookies.delete('__Host-portcullis-session');
    thief.cookies.set(knownCookie(thief), cookie);
    test.clock.now += 60;
    await guess('bob');
    expect(await tryIn(thief, 'bob', 'bob-password')).toBe(429);
  });

  it.each<[string, (value: string) => string]>([
    ['another secret', (value) => value.replace(/^pck_.{43}/, `pck_${'A'.repeat(43)}`)],
    ['a later end', (value) => value.replace(/\.\d+\./, `.${2_000_000_000}.`)],
    ['another proof', (value) => value.replace(/.{43}$/, 'A'.repeat(43))],
    ['anything else', () => 'pck_'],
  ])('is not made by a cookie with %s', async (_what, change) => {
    const name = knownCookie(known);
    known.cookies.set(name, change(known.cookies.get(name) ?? ''));
    await guess();
    expect(await tryIn(known, 'alice', 'alice-password')).toBe(429);
  });

  it('is one for 180 days, whatever the browser keeps', async () => {
    test.clock.now += KNOWN_BROWSER_SECONDS - 61;
    await guess();
    const name = knownCookie(known);
    const value = known.cookies.get(name) ?? '';
    expect(await tryIn(known, 'alice', 'alice-password')).toBe(303);
    known.cookies.delete('__Host-portcullis-session');
    known.cookies.set(name, value);
    test.clock.now += 60;
    await guess();
    expect(await tryIn(known, 'alice', 'alice-password')).toBe(429);
  });

  it('is one of five users at most: the header grows no more, and the one that was set first goes', async () => {
    const shared = test.newBrowser();
    const lengths: number[] = [];
    const named = new Map<string, string>();
    for (let number = 1; number <= 7; number += 1) {
      const username = `user${number}`;
      await addUser(username);
      expect(await tryIn(shared, username, `${username}-password`)).toBe(303);
      shared.cookies.delete('__Host-portcullis-session');
      named.set(username, knownCookies(shared).find((name) => ![...named.values()].includes(name)) ?? 'none');
      lengths.push([...shared.cookies].join('; ').length);
      test.clock.now += 60;
    }
    expect(lengths.slice(5)).toEqual([lengths[4], lengths[4]]);
    const left = ['user3', 'user4', 'user5', 'user6', 'user7'].map((username) => named.get(username));
    expect(knownCookies(shared).sort()).toEqual(left.sort());

    // Whoever signs in again is the newest, and takes no second place.
    expect(await tryIn(shared, 'user3', 'user3-password')).toBe(303);
    expect(knownCookies(shared)).toHaveLength(5);
    shared.cookies.delete('__Host-portcullis-session');
    test.clock.now += 60;
    expect(await tryIn(shared, 'user1', 'user1-password')).toBe(303);
    expect(knownCookies(shared)).toContain(named.get('user3'));
    expect(knownCookies(shared)).not.toContain(named.get('user4'));
  });

  it('loses the cookies of others that are made up, ended or from too far ahead, and none of another tenant', async () => {
    const ends = test.clock.now + KNOWN_BROWSER_SECONDS;
    const value = (end: number) => `pck_${'A'.repeat(43)}.${end}.${'A'.repeat(43)}`;
    const named = (part: string) => `__Host-portcullis-known-${part}`;
    const planted = {
      [named('madeUp_____')]: 'x',
      [named('ended______')]: value(test.clock.now),
      [named('tooFarAhead')]: value(ends + 1),
      [named('good_______')]: value(ends),
      [named('acme-ofAcme_____')]: 'x',
    };
    const shared = test.newBrowser();
    for (const [name, content] of Object.entries(planted)) shared.cookies.set(name, content);
    expect(await tryIn(shared, 'bob', 'bob-password')).toBe(303);
    const left = Object.keys(planted).filter((name) => shared.cookies.has(name));
    expect(left).toEqual([named('good_______'), named('acme-ofAcme_____')]);
  });

  it('is none any more once the password was reset', async () => {
    const event = { type: 'user.password_reset', outcome: 'allowed', tenantId: 'default' } as const;
    const told = { ...event, occurredAtEpochSeconds: test.clock.now };
    const revocation = { now: test.clock.now, markLifetimeSeconds: 630 };
    await test.storage.users.resetPassword('default', 'subject-of-alice', 'hashed new-password', revocation, told);
    await guess();
    expect(await tryIn(known, 'alice', 'new-password')).toBe(429);
  });
});
