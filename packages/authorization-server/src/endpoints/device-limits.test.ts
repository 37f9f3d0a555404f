import { beforeEach, expect, it } from 'vitest';
import { clients, encodeForm, ISSUER } from '../testing/fixtures.js';
import { askForCodes, type DeviceCodes, poll, television } from '../testing/test-device.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

/** What the default allows whoever types. */
const POINTS = 10;
const WINDOW_SECONDS = 600;
/** What these tests allow a network; the default is ten times {@link POINTS}. */
const POINTS_OF_NETWORK = 12;
const userCodeFailuresPerNetwork = {
  name: 'user_code_failures_per_network',
  points: POINTS_OF_NETWORK,
  windowSeconds: WINDOW_SECONDS,
};

let test: TestServer;
let codes: DeviceCodes;
beforeEach(async () => {
  test = await startTestServer({
    configuredClients: [...clients, television],
    rateLimits: { userCodeFailuresPerNetwork },
  });
  codes = await askForCodes(test);
});

/** Types in a code, on whichever network. */
type Type = (userCode: string, network?: string) => Promise<Response>;

/** The page in a browser of its own, in which somebody may be signed in. */
async function openPage(username?: string): Promise<Type> {
  const browser = test.newBrowser();
  if (username !== undefined) await browser.signIn(await browser.get('/account'), username);
  const { form } = (await readPage(await browser.get('/device'))).model;
  const cookie = [...browser.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  const headers = { 'content-type': 'application/x-www-form-urlencoded', origin: ISSUER, cookie };
  return (userCode, network = '192.0.2.1') => {
    const body = encodeForm({ csrf_token: form.csrfToken, user_code: userCode });
    return test.send('/device', { method: 'POST', headers, body }, { network });
  };
}

async function useUp(type: (index: number) => Promise<Response>, points = POINTS): Promise<void> {
  for (let index = 0; index < points; index += 1) expect((await type(index)).status).toBe(422);
}

async function expectTooMany(response: Response, signInPath?: string, rule = 'user_code_failures'): Promise<void> {
  expect(response.status).toBe(429);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  const { page, model } = await readPage(response);
  expect([page, model]).toMatchObject(['error', { title: 'Too many wrong codes', retryPath: '/device' }]);
  expect(page === 'error' && model.signInPath).toBe(signInPath);
  expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule });
}

const expectTooManyOfNetwork = (response: Response, signInPath?: string) =>
  expectTooMany(response, signInPath, 'user_code_failures_per_network');

it('DV-01 the 11th wrong code of a browser is one too many on whatever network, and so is the right one then', async () => {
  const type = await openPage();
  await useUp((index) => type('BBBB-BBBB', `192.0.2.${index}`));
  await expectTooMany(await type('BBBB-BBBB', '198.51.100.1'));
  await expectTooMany(await type(codes.user_code, '198.51.100.1'));
  expect((await (await openPage())(codes.user_code, '198.51.100.1')).status).toBe(303);
});

it('DV-01 ten wrong codes of one browser shut out nobody else on its network', async () => {
  const type = await openPage();
  await useUp(() => type('BBBB-BBBB'));
  await expectTooMany(await type('BBBB-BBBB'));
  expect((await (await openPage())(codes.user_code)).status).toBe(303);
});

it('DV-01 a network has its limit in whatever browsers, also for the right code, and those who are signed in have their own', async () => {
  await useUp(async () => (await openPage())('no code'), POINTS_OF_NETWORK);
  await expectTooManyOfNetwork(await (await openPage())('BBBB-BBBB'), '/account');
  await expectTooManyOfNetwork(await (await openPage())(codes.user_code), '/account');
  expect((await (await openPage())(codes.user_code, '198.51.100.1')).status).toBe(303);

  expect((await (await openPage('alice'))(codes.user_code)).status).toBe(303);
  await useUp(await openPage('alice').then((type) => () => type('BBBB-BBBB')), POINTS);
  await useUp(await openPage('bob').then((type) => () => type('BBBB-BBBB')), POINTS_OF_NETWORK - POINTS);
  await expectTooManyOfNetwork(await (await openPage('bob'))(codes.user_code));
});

it('DV-01 the 11th wrong code of a user is one too many in whatever browser and on whatever network', async () => {
  for (const network of ['192.0.2.1', '198.51.100.1']) {
    const type = await openPage('alice');
    await useUp(() => type('BBBB-BBBB', network), POINTS / 2);
  }
  await expectTooMany(await (await openPage('alice'))(codes.user_code, '203.0.113.1'));
  expect(test.events.at(-1)).toMatchObject({ subject: 'subject-of-alice' });
  expect((await (await openPage('bob'))(codes.user_code, '203.0.113.1')).status).toBe(303);
});

it('DV-01 a browser without a code left takes none of the networks that it goes to', async () => {
  const type = await openPage();
  await useUp((index) => type('BBBB-BBBB', `192.0.2.${index}`));
  for (let count = 0; count < POINTS; count += 1) await expectTooMany(await type('BBBB-BBBB', '198.51.100.1'));
  expect((await (await openPage())('BBBB-BBBB', '198.51.100.1')).status).toBe(422);
});

it('DV-01 a right code costs nothing, however often, and the window ends', async () => {
  const type = await openPage();
  await useUp(async (index) => {
    expect((await type(codes.user_code)).status).toBe(303);
    return type(`BBBB-BBB${'BCDFGHJKLM'[index]}`);
  });
  await expectTooMany(await type(codes.user_code));
  test.clock.now += WINDOW_SECONDS;
  const fresh = await askForCodes(test);
  expect((await type(fresh.user_code)).status).toBe(303);
});

it('DV-01 of wrong codes that come at once no more are told so than there is room for', async () => {
  const type = await openPage();
  const answers = await Promise.all(Array.from({ length: 20 }, () => type('BBBB-BBBB')));
  expect(answers.filter(({ status }) => status === 422)).toHaveLength(POINTS);
  expect(answers.filter(({ status }) => status === 429)).toHaveLength(20 - POINTS);
});

it('DV-01 of codes that come at once no more are looked up than there is room for, be the last one right', async () => {
  const type = await openPage();
  const { findByUserCode } = test.storage.deviceCodes;
  let lookUps = 0;
  test.storage.deviceCodes.findByUserCode = (...parameters) => {
    lookUps += 1;
    return findByUserCode(...parameters);
  };
  const wrong = Array.from({ length: 20 }, () => type('BBBB-BBBB'));
  const answers = await Promise.all([...wrong, type(codes.user_code)]);
  expect(answers.at(-1)?.status).toBe(429);
  expect(lookUps).toBe(POINTS);
});

it("DV-01 the limit is the operator's to set, and a device polls on whatever is typed", async () => {
  const userCodeFailures = { name: 'user_code_failures', points: 1, windowSeconds: 60 };
  test = await startTestServer({ configuredClients: [television], rateLimits: { userCodeFailures } });
  codes = await askForCodes(test);
  const type = await openPage();
  expect((await type('BBBB-BBBB')).status).toBe(422);
  await expectTooMany(await type('BBBB-BBBB'));
  const answer = (await (await poll(test, codes)).json()) as { readonly error: string };
  expect(answer.error).toBe('authorization_pending');
});
