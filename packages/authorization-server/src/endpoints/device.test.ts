import { beforeEach, describe, expect, it } from 'vitest';
import { clients } from '../testing/fixtures.js';
import { consentForm, fieldsOf, type ShownForm, switchUserForm, type TestBrowser } from '../testing/test-browser.js';
import {
  askForCodes,
  type DeviceCodes,
  decideOnDevice,
  poll,
  reachDeviceConsent,
  television,
  typeCode,
} from '../testing/test-device.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let browser: TestBrowser;
let codes: DeviceCodes;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, television], rememberConsent: true });
  browser = test.newBrowser();
  codes = await askForCodes(test);
});

const pageForm = async (path = '/device'): Promise<ShownForm> =>
  fieldsOf((await readPage(await browser.get(path))).model.form);
const withCode = (form: ShownForm, userCode: string): ShownForm => ({
  ...form,
  fields: { ...form.fields, user_code: userCode },
});
const errorOf = async (response: Response): Promise<string> => ((await response.json()) as { error: string }).error;
const pageOf = async (response: Response): Promise<string> => (await readPage(response)).page;

describe('DV-01 the page that asks for the code', () => {
  it('DV-01 asks, and remembers the browser', async () => {
    const { page, model } = await readPage(await browser.get('/device'));
    expect({ page, userCode: model.userCode, action: model.form.action }).toEqual({
      page: 'device',
      userCode: '',
      action: '/device',
    });
    expect(model.problem).toBeUndefined();
    expect([...browser.cookies.keys()]).toEqual([expect.stringMatching(/^__Host-portcullis-browser-/)]);
  });

  it('DV-01 a link with the code fills it in, and decides and looks up nothing', async () => {
    const { pathname, search } = new URL(codes.verification_uri_complete);
    const { findByUserCode } = test.storage.deviceCodes;
    let lookUps = 0;
    test.storage.deviceCodes.findByUserCode = (...parameters) => {
      lookUps += 1;
      return findByUserCode(...parameters);
    };
    await browser.signIn(await browser.get('/account'));
    const { page, model } = await readPage(await browser.get(pathname + search));
    expect({ page, userCode: model.userCode, lookUps }).toEqual({
      page: 'device',
      userCode: codes.user_code,
      lookUps: 0,
    });
    expect(await errorOf(await poll(test, codes))).toBe('authorization_pending');
  });

  it.each(['call-me', '<script>', 'BCDF-GHJ', `${'BCDFGHJK'}%00`])(
    'DV-01 CB-04 writes nothing of an address into the field that is no code: %s',
    async (text) => {
      const { model } = await readPage(await browser.get(`/device?user_code=${encodeURIComponent(text)}`));
      expect(model.userCode).toBe('');
    },
  );

  it('DV-01 leads from the code to sign-in and consent, which name client, scopes and the code', async () => {
    const asked = await typeCode(browser, codes.user_code);
    expect(asked.status).toBe(303);
    expect(asked.headers.get('location')).toMatch(/^\/interaction\?transaction=pct_/);
    expect(asked.headers.get('cache-control')).toBe('no-store');
    const requested = { type: 'authorization.requested', clientId: 'tv', detail: 'by the user code of a device' };
    expect(test.events.at(-1)).toMatchObject(requested);
    const signIn = await browser.follow(asked);
    const goesTo = { kind: 'device', userCode: codes.user_code };
    const client = expect.objectContaining({ name: 'Television', goesTo });
    expect(await readPage(signIn.clone())).toMatchObject({
      page: 'signIn',
      model: { purpose: { kind: 'authorization', client, resourceName: 'Files' } },
    });
    const { page, model } = await readPage(await browser.signIn(signIn));
    expect(page).toBe('consent');
    expect(model).toMatchObject({
      username: 'alice',
      client,
      scopes: [{ name: 'files:read' }, { name: 'files:write' }],
      allowedScopes: [],
    });
    expect(model.client.redirectUri).toBeUndefined();
    expect(await errorOf(await poll(test, codes))).toBe('authorization_pending');
  });

  it.each<[string, (code: string) => string]>([
    ['in lower case', (code) => code.toLowerCase()],
    ['without its dash', (code) => code.replace('-', '')],
    ['with blanks', (code) => ` ${code.split('').join(' ')} `],
  ])('DV-01 takes the code %s', async (_title, spell) => {
    expect((await typeCode(browser, spell(codes.user_code))).status).toBe(303);
  });

  it('DV-01 approves by the form alone, and says that the device goes on', async () => {
    const { page, model } = await readPage(await decideOnDevice(browser, codes.user_code));
    expect({ page, ...model }).toEqual({
      page: 'deviceDone',
      clientName: 'Television',
      outcome: 'approved',
      accountPath: '/account',
    });
    expect(test.events.at(-1)).toMatchObject({
      type: 'device.approved',
      clientId: 'tv',
      subject: 'subject-of-alice',
      scopes: ['files:read', 'files:write'],
    });
    expect((await poll(test, codes)).status).toBe(200);
  });

  it('DV-01 denies by the form alone, and the device learns that', async () => {
    const form = await consentForm(await reachDeviceConsent(browser, codes.user_code), { decision: 'deny' });
    expect((await readPage(await browser.submit(form))).model).toMatchObject({ outcome: 'denied' });
    expect((await readPage(await browser.submit(form))).model).toMatchObject({ outcome: 'denied' });
    expect(test.events.filter((event) => event.type === 'consent.denied')).toHaveLength(1);
    expect(await errorOf(await poll(test, codes))).toBe('access_denied');
  });

  it('DV-01 a code that is denied, expired, made up or no code at all gets the same words, and is recorded', async () => {
    await decideOnDevice(browser, codes.user_code, { decision: 'deny' });
    const expired = await askForCodes(test);
    test.clock.now += 600;
    const answers = await Promise.all(
      [codes.user_code, expired.user_code, 'BCDF-GHJK', 'no code'].map((code) => typeCode(browser, code)),
    );
    const shown = await Promise.all(
      answers.map(async (answer) => ({ status: answer.status, ...(await readPage(answer)) })),
    );
    expect(new Set(shown.map(({ status, page, model }) => `${status} ${page} ${model.problem}`))).toEqual(
      new Set(['422 device This code is not right, or has expired. Look at the device again.']),
    );
    expect(shown.map(({ model }) => model.userCode)).toEqual([
      codes.user_code,
      expired.user_code,
      'BCDF-GHJK',
      'no code',
    ]);
    const refused = test.events.filter((event) => event.type === 'device.refused');
    expect(refused.map((event) => event.reason)).toEqual(Array.from({ length: 4 }, () => 'user_code_unknown'));
  });

  it('DV-01 a code is good for one decision: whoever types it in afterwards is told that it is wrong', async () => {
    await decideOnDevice(browser, codes.user_code);
    expect((await typeCode(browser, codes.user_code)).status).toBe(422);
    expect((await typeCode(test.newBrowser(), codes.user_code)).status).toBe(422);
    expect((await poll(test, codes)).status).toBe(200);
    expect((await typeCode(browser, codes.user_code)).status).toBe(422);
  });

  it('DV-01 of two people who typed it in the first to decide decides', async () => {
    const other = test.newBrowser();
    const late = await consentForm(await reachDeviceConsent(other, codes.user_code, 'bob'));
    await decideOnDevice(browser, codes.user_code);
    const response = await other.submit(late);
    expect({ status: response.status, page: await pageOf(response) }).toEqual({ status: 400, page: 'error' });
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'transaction_ended' });
    expect(await test.storage.consents.listOfUser('default', 'subject-of-bob')).toEqual([]);
  });

  it.each([
    ['approved', 'deny', 'device.approved', 'consent.denied'],
    ['denied', 'approve', 'consent.denied', 'device.approved'],
  ])('DV-01 of two pages of one person the first decides: %s, whatever the second says', async (...row) => {
    const [outcome, decision, recorded, unheard] = row;
    const late = await consentForm(await reachDeviceConsent(browser, codes.user_code), { decision });
    const first = { decision: decision === 'deny' ? 'approve' : 'deny' };
    expect((await readPage(await decideOnDevice(browser, codes.user_code, first))).model).toMatchObject({ outcome });
    const response = await browser.submit(late);
    expect({ status: response.status, page: await pageOf(response) }).toEqual({ status: 400, page: 'error' });
    expect(test.events.filter(({ type }) => type === recorded)).toHaveLength(1);
    expect(test.events.filter(({ type }) => type === unheard)).toEqual([]);
    expect((await poll(test, codes)).status).toBe(outcome === 'approved' ? 200 : 400);
  });

  it('DV-01 CB-07 answers a double click on Approve alike, and approves once', async () => {
    const form = await consentForm(await reachDeviceConsent(browser, codes.user_code));
    const pages = await Promise.all([browser.submit(form), browser.submit(form)]);
    pages.push(await browser.submit(form));
    for (const page of pages) expect((await readPage(page)).model).toMatchObject({ outcome: 'approved' });
    expect(test.events.filter((event) => event.type === 'device.approved')).toHaveLength(1);
  });

  it('DV-01 asks again though the same was allowed before and consents are remembered, and tells what was', async () => {
    await decideOnDevice(browser, codes.user_code);
    const again = await askForCodes(test);
    const { page, model } = await readPage(await reachDeviceConsent(browser, again.user_code));
    expect({
      page,
      asked: model.scopes,
      allowed: model.allowedScopes.map(({ name }: { name: string }) => name),
    }).toEqual({
      page: 'consent',
      asked: [],
      allowed: ['files:read', 'files:write'],
    });
    expect(await errorOf(await poll(test, again))).toBe('authorization_pending');
    await decideOnDevice(browser, again.user_code);
    test.clock.now += 5;
    expect((await poll(test, again)).status).toBe(200);
  });

  it('DV-01 lets somebody else sign in, and goes on with the same code', async () => {
    const consent = await reachDeviceConsent(browser, codes.user_code);
    const signIn = await browser.follow(await browser.submit(await switchUserForm(consent)));
    const { model } = await readPage(await browser.signIn(signIn, 'bob'));
    expect({ username: model.username, goesTo: model.client.goesTo }).toEqual({
      username: 'bob',
      goesTo: { kind: 'device', userCode: codes.user_code },
    });
  });

  it('DV-01 the decision comes too late once the code has expired', async () => {
    const form = await consentForm(await reachDeviceConsent(browser, codes.user_code));
    test.clock.now += 600;
    expect((await browser.submit(form)).status).toBe(400);
    expect(await errorOf(await poll(test, codes))).toBe('expired_token');
  });
});

describe('DV-01 CB-01 a form that is not ours', () => {
  const forgeries: [string, (form: ShownForm) => ShownForm, Record<string, string>, string][] = [
    [
      'no CSRF token',
      (form) => ({ ...form, fields: { ...form.fields, csrf_token: undefined } }),
      {},
      'csrf_token_mismatch',
    ],
    [
      'a wrong CSRF token',
      (form) => ({ ...form, fields: { ...form.fields, csrf_token: 'x'.repeat(43) } }),
      {},
      'csrf_token_mismatch',
    ],
    ['another origin', (form) => form, { origin: 'https://evil.test' }, 'foreign_origin'],
    ['the origin null', (form) => form, { origin: 'null' }, 'foreign_origin'],
    ['another site', (form) => form, { 'sec-fetch-site': 'cross-site' }, 'foreign_fetch_site'],
    ['no cookies', (form) => form, { cookie: '' }, 'other_browser'],
  ];
  it.each(forgeries)(
    'CB-01 G2 refuses a user code with %s, which costs nothing',
    async (_title, forge, headers, reason) => {
      const form = withCode(await pageForm(), codes.user_code);
      for (let count = 0; count < 11; count += 1) {
        const response = await browser.submit(forge(form), headers);
        expect({ status: response.status, page: await pageOf(response) }).toEqual({ status: 403, page: 'error' });
        expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason });
      }
      expect((await browser.submit(form)).status).toBe(303);
    },
  );

  it('CB-01 takes no token of another browser, nor of another form, and its own for no other', async () => {
    const form = withCode(await pageForm(), codes.user_code);
    const other = test.newBrowser();
    const foreign = fieldsOf((await readPage(await other.get('/device'))).model.form);
    const consent = await consentForm(await reachDeviceConsent(browser, codes.user_code));
    for (const csrf_token of [foreign.fields['csrf_token'], consent.fields['csrf_token']]) {
      expect((await browser.submit({ ...form, fields: { ...form.fields, csrf_token } })).status).toBe(403);
    }
    const { csrf_token } = form.fields;
    expect((await browser.submit({ ...consent, fields: { ...consent.fields, csrf_token } })).status).toBe(403);
    expect(await errorOf(await poll(test, codes))).toBe('authorization_pending');
  });

  it('CB-01 a handle leads nowhere in another browser, to look at or to decide', async () => {
    const asked = await typeCode(browser, codes.user_code);
    const consent = await consentForm(await browser.signIn(await browser.follow(asked)));
    const thief = test.newBrowser();
    await thief.signIn(await thief.get('/account'), 'bob');
    expect((await thief.follow(asked)).status).toBe(400);
    expect(test.events.at(-1)).toMatchObject({ type: 'browser.refused', reason: 'other_browser' });
    expect((await thief.submit(consent)).status).toBe(403);
    expect(await errorOf(await poll(test, codes))).toBe('authorization_pending');
  });

  it.each([
    ['another code', (handle: string) => handle.replace(/~.*/, '~BBBBBBBB')],
    ['no code', (handle: string) => handle.replace(/~.*/, '')],
  ])('CB-01 a handle with %s in it is unknown', async (_title, change) => {
    const asked = await typeCode(browser, codes.user_code);
    const handle = new URLSearchParams(asked.headers.get('location')?.split('?')[1]).get('transaction') ?? '';
    expect(handle).toContain(`~${codes.user_code.replace('-', '')}`);
    expect((await browser.get(`/interaction?transaction=${encodeURIComponent(change(handle))}`)).status).toBe(400);
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'transaction_unknown' });
  });
});

describe('DV-01 a user who goes while they decide', () => {
  const resetPassword = async (): Promise<void> => {
    const { now } = test.clock;
    const event = {
      type: 'user.password_reset',
      outcome: 'allowed',
      tenantId: 'default',
      occurredAtEpochSeconds: now,
    } as const;
    await test.storage.users.resetPassword(
      'default',
      'subject-of-alice',
      'new',
      { now, markLifetimeSeconds: 630 },
      event,
    );
  };

  it.each(['authenticate', 'approve', 'approveDevice'] as const)(
    'DV-01 lets no device in whose user got a new password right before the step %s',
    async (step) => {
      const form = await consentForm(await reachDeviceConsent(browser, codes.user_code));
      const { transactions } = test.storage;
      const act = transactions[step] as (...parameters: unknown[]) => Promise<never>;
      transactions[step] = async (...parameters: unknown[]) => {
        await resetPassword();
        return act(...parameters);
      };
      expect((await browser.submit(form)).status).toBe(400);
      expect(test.events.filter((event) => event.type === 'device.approved')).toEqual([]);
      expect(await errorOf(await poll(test, codes))).not.toBe('access_denied');
      expect((await poll(test, codes)).status).toBe(400);
    },
  );

  it('DV-01 a new password ends what was approved and is not fetched yet', async () => {
    await decideOnDevice(browser, codes.user_code);
    await resetPassword();
    expect(await errorOf(await poll(test, codes))).toBe('invalid_grant');
  });
});
