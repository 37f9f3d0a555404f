import { beforeEach, describe, expect, it } from 'vitest';
import { encodeForm, type Form } from '../testing/fixtures.js';
import { consentForm, fieldsOf, GOOD_REQUEST, leavingLocation, TestBrowser } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const BROWSER = /^__Host-portcullis-browser-/;

let test: TestServer;
let browser: TestBrowser;
beforeEach(async () => {
  test = await startTestServer();
  browser = test.newBrowser();
});

const pathOf = (changes: Form) => `/authorize?${encodeForm({ ...GOOD_REQUEST, ...changes })}`;
const pageOf = async (response: Response) => (await readPage(response.clone())).page;
const secrets = () => [...browser.cookies.keys()].filter((name) => BROWSER.test(name));

/** Requests that were all sent before the first answer was there. */
const openAtOnce = (...paths: readonly string[]) => Promise.all(paths.map((path) => browser.get(path)));

/** The same browser, sending its cookies the other way round: their order is no promise (RFC 6265 §5.4). */
function reversed(): TestBrowser {
  const other = new TestBrowser(test);
  for (const [name, value] of [...browser.cookies].reverse()) other.cookies.set(name, value);
  return other;
}

describe('CB-07 tabs that a browser without a cookie opened at once', () => {
  it('CB-07 both sign in, both decide, and each gets its own code', async () => {
    const opened = await openAtOnce(pathOf({ state: 'first' }), pathOf({ state: 'second' }));
    const [first, second] = await Promise.all(opened.map((answer) => browser.follow(answer)));
    if (first === undefined || second === undefined) throw new Error('two pages were opened');
    expect([await pageOf(first), await pageOf(second)]).toEqual(['signIn', 'signIn']);
    const forms = [await consentForm(await browser.signIn(second)), await consentForm(await browser.signIn(first))];
    const states = [];
    for (const form of forms) {
      states.push((await leavingLocation(await browser.submit(form))).searchParams.get('state'));
    }
    expect(states).toEqual(['second', 'first']);
  });

  it('CB-07 neither is shut out by a third whose cookie was there before the second had its answer', async () => {
    const late = test.send(pathOf({ state: 'second' }));
    const first = await browser.authorize({ state: 'first' });
    const third = await browser.authorize({ state: 'third' });
    const [name, value] = (await late).headers.getSetCookie()[0]?.split('; ')[0]?.split('=') ?? [];
    browser.cookies.set(name ?? '', value ?? '');
    const second = await browser.follow(await late);
    const states = [];
    for (const page of [third, second, first]) {
      const consent = await browser.signIn(page);
      states.push((await leavingLocation(await browser.submit(await consentForm(consent)))).searchParams.get('state'));
    }
    expect(states).toEqual(['third', 'second', 'first']);
  });

  it('CB-07 one switches the user and the other goes on with that user, whichever cookie comes first', async () => {
    const [first, second] = await openAtOnce(pathOf({ state: 'first' }), pathOf({ state: 'second' }));
    if (first === undefined || second === undefined) throw new Error('two pages were opened');
    const shown = (await readPage(await browser.signIn(await browser.follow(first)))).model;
    const other = reversed();
    const signIn = await other.follow(await other.submit(fieldsOf(shown.switchUserForm)));
    expect(await pageOf(signIn)).toBe('signIn');
    const consent = await other.signIn(signIn, 'bob');
    expect((await readPage(consent.clone())).model.username).toBe('bob');
    await leavingLocation(await other.submit(await consentForm(consent)));
    const form = await consentForm(await other.follow(second));
    expect((await leavingLocation(await other.submit(form))).searchParams.get('state')).toBe('second');
  });

  it('CB-07 two account pages stay good, whichever cookie comes first', async () => {
    const pages = await openAtOnce('/account', '/account');
    expect(secrets()).toHaveLength(2);
    const fields = { username: 'alice', password: 'alice-password' };
    for (const page of pages) {
      const form = fieldsOf((await readPage(page)).model.form, fields);
      expect((await browser.submit(form)).status).toBe(303);
      expect((await reversed().submit(form)).status).toBe(303);
    }
    const { model } = await readPage(await browser.signIn(await browser.get('/account')));
    expect(await pageOf(await reversed().submit(fieldsOf(model.signOutForm)))).toBe('signedOut');
  });
});

describe('what ties a browser to its pages', () => {
  it('is given once: a browser that has one gets no other, however often it comes', async () => {
    await openAtOnce(pathOf({}), pathOf({}), '/account');
    expect(secrets()).toHaveLength(3);
    for (let index = 0; index < 20; index += 1) {
      const answers = await openAtOnce(pathOf({}), '/account', pathOf({ client_id: 'unknown' }));
      expect(answers.flatMap((answer) => answer.headers.getSetCookie())).toEqual([]);
    }
    await browser.approve();
    expect(secrets()).toHaveLength(3);
  });

  it('CB-03 counts under its own name alone, whatever else was planted', async () => {
    const form = await consentForm(await browser.reachConsent());
    const [name = ''] = secrets();
    const own = `${name}=${browser.cookies.get(name)}`;
    const session = `__Host-portcullis-session=${browser.cookies.get('__Host-portcullis-session')}`;
    const planted = `pcb_${'A'.repeat(43)}`;
    const stranger = test.newBrowser();
    await stranger.authorize();
    const [[theirs = '', secret = ''] = []] = [...stranger.cookies];
    const open = async (cookie: string) => {
      const path = `/interaction?transaction=${form.fields['transaction']}`;
      return pageOf(await test.send(path, { headers: { cookie: `${session}; ${cookie}` } }));
    };
    expect(await open(own)).toBe('consent');
    expect(await open(`${name}=${planted}; ${own}; ${theirs}=${secret}`)).toBe('consent');
    expect(await open(`${theirs}=${secret}`)).toBe('error');
    expect(await open(`${name}=${planted}`)).toBe('error');
    expect(await open(`${theirs}=${browser.cookies.get(name)}`)).toBe('error');
    expect(await open(`__Host-portcullis-browser=${browser.cookies.get(name)}`)).toBe('error');
    expect(await open(`\u00a0${own}`)).toBe('error');
  });

  it('is kept apart from that of another tenant at the same origin', async () => {
    const options = { issuer: 'https://as.test/t/acme', tenantId: 'acme', configuredClients: [] };
    const acme = await startTestServer(options, test.storage, { platform: test.ports.platform });
    await browser.get('/account');
    const [[name, value] = []] = [...browser.cookies];
    const answer = await acme.send('/t/acme/account', { headers: { cookie: `${name}=${value}` } });
    expect(answer.headers.getSetCookie()).toEqual([expect.stringMatching(/^__Host-portcullis-browser-acme-/)]);
  });
});
