import { beforeEach, expect, it } from 'vitest';
import { encodeForm, type Form } from '../testing/fixtures.js';
import { GOOD_REQUEST } from '../testing/test-browser.js';
import { readPage } from '../testing/test-pages.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const RULE = { name: 'authorization_requests_per_client', points: 2, windowSeconds: 60 };

let test: TestServer;
let stored: number;

beforeEach(async () => {
  test = await startTestServer({ rateLimits: { authorizationRequestsPerClient: RULE } });
  const { transactions } = test.storage;
  const { create } = transactions;
  stored = 0;
  transactions.create = async (transaction) => {
    stored += 1;
    return create.call(transactions, transaction);
  };
});

const authorize = (changes: Form = {}, network = '192.0.2.1') =>
  test.send(`/authorize?${encodeForm({ ...GOOD_REQUEST, ...changes })}`, {}, { network });

it('GW-17 stores no more requests of one network than its limit, and says when to come again', async () => {
  for (let i = 0; i < 2; i += 1) expect((await authorize()).status).toBe(303);
  test.events.length = 0;
  const refused = await authorize();
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, expect.stringMatching(/^[1-9]\d*$/)]);
  expect((await readPage(refused)).model).toMatchObject({ title: 'Too many requests at once' });
  expect(stored).toBe(2);
  expect(test.events).toMatchObject([
    { type: 'rate_limit.exceeded', outcome: 'refused', rule: RULE.name, network: '192.0.2.1', clientId: 'pub' },
  ]);
  expect((await authorize({}, '192.0.2.2')).status).toBe(303);
  test.clock.now += RULE.windowSeconds;
  expect((await authorize()).status).toBe(303);
});

it('counts nothing that is refused before it is stored', async () => {
  for (let i = 0; i < 3; i += 1) {
    await authorize({ client_id: 'nobody' });
    await authorize({ redirect_uri: 'https://evil.test/cb' });
    await authorize({ code_challenge: undefined });
    await authorize({ scope: 'unknown' });
    await authorize({ prompt: 'none' });
  }
  expect(stored).toBe(0);
  expect((await authorize()).status).toBe(303);
});

it('counts a browser apart from the clients of its network', async () => {
  const push = () => test.postForm('/par', { ...GOOD_REQUEST });
  for (let i = 0; i < 2; i += 1) expect((await push()).status).toBe(201);
  expect((await push()).status).toBe(429);
  expect((await authorize()).status).toBe(303);
});

it('GW-17 tells a silent request beyond the limit to its client, and shows no page', async () => {
  test = await startTestServer({ rateLimits: { authorizationRequestsPerClient: RULE }, rememberConsent: true });
  const browser = test.newBrowser();
  await browser.approve();
  const silent = () => browser.get(`/authorize?${encodeForm({ ...GOOD_REQUEST, prompt: 'none' })}`);
  const answer = async () => {
    const response = await silent();
    expect(response.status).toBe(303);
    const { origin, pathname, searchParams } = new URL(response.headers.get('location') ?? '');
    expect(origin + pathname).toBe(GOOD_REQUEST.redirect_uri);
    return Object.fromEntries(searchParams);
  };
  expect(await answer()).toHaveProperty('code');
  test.events.length = 0;
  expect(await answer()).toEqual({
    error: 'temporarily_unavailable',
    error_description: expect.any(String),
    state: GOOD_REQUEST.state,
    iss: test.options.issuer,
  });
  expect(test.events).toMatchObject([{ type: 'rate_limit.exceeded', rule: RULE.name, clientId: 'pub' }]);
  expect((await browser.authorize()).status).toBe(429);
});
