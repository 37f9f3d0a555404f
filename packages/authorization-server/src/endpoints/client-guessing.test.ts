import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, conf, KEYS, signAssertion } from '../testing/client-assertions.js';
import { clients, encodeForm, type Form, SECRET } from '../testing/fixtures.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { basicCredentials } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

/** What the default allows. */
const POINTS = 20;

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, conf] });
});

const post = (path: string, form: Form, headers: Record<string, string> = {}, network = '192.0.2.1') =>
  test.send(
    path,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
      body: encodeForm(form),
    },
    { network },
  );

/** Another code or token with each try, so that its own limit never speaks. */
const ENDPOINTS = {
  '/token': (name: string) => redemption(`pcc_${name}`, { client_id: undefined }),
  '/revoke': (name: string) => ({ token: `pcr_${name}` }),
} as const;
type Path = keyof typeof ENDPOINTS;

const guess = (path: Path, name: string, id = 'bas', secret = `pcs_${name}`, network?: string) =>
  post(path, ENDPOINTS[path](name), basicCredentials(id, secret), network);

async function useUp(path: Path, id?: string): Promise<void> {
  for (let index = 0; index < POINTS; index += 1) {
    await expectRefusal(await guess(path, `wrong${index}`, id), 401, 'invalid_client');
  }
}

describe.each<Path>(['/token', '/revoke'])('AZ-17 guesses at the secret of a client, at %s', (path) => {
  it('AZ-17 GW-17 end with 429, also for the right one, until the window ends', async () => {
    await useUp(path);
    const wrong = await guess(path, 'one-more');
    expect(Number(wrong.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectRefusal(wrong, 429, 'temporarily_unavailable');
    expect(test.events.at(-1)).toMatchObject({
      type: 'rate_limit.exceeded',
      rule: 'client_authentication_failures',
      clientId: 'bas',
    });
    await expectRefusal(await guess(path, 'right', 'bas', SECRET), 429, 'temporarily_unavailable');
    test.clock.now += 60;
    expect((await guess(path, 'right', 'bas', SECRET)).status).toBe(path === '/token' ? 400 : 200);
  });

  it('GW-17 shut out neither the client on its own network nor another client', async () => {
    await useUp(path);
    const elsewhere = await guess(path, 'right', 'bas', SECRET, '198.51.100.7');
    expect(elsewhere.status).toBe(path === '/token' ? 400 : 200);
    await expectRefusal(await guess(path, 'other', 'pst'), 401, 'invalid_client');
  });

  it('AZ-17 G5 end alike for a client that does not exist', async () => {
    await useUp(path, 'nobody');
    await expectRefusal(await guess(path, 'one-more', 'nobody'), 429, 'temporarily_unavailable');
  });

  it('AZ-17 get no more than their number when they come all at once', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, (_, index) => guess(path, `wrong${index}`)));
    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => status === 401)).toHaveLength(POINTS);
    expect(statuses.filter((status) => status === 429)).toHaveLength(100 - POINTS);
  });
});

it('AZ-17 counts secrets in the body and at both endpoints together', async () => {
  const inBody = { client_id: 'pst', client_secret: 'pcs_wrong' };
  for (let index = 0; index < POINTS; index += 2) {
    await expectRefusal(await post('/token', redemption(`pcc_${index}`, inBody)), 401, 'invalid_client');
    await expectRefusal(await post('/revoke', { token: `pcr_${index}`, ...inBody }), 401, 'invalid_client');
  }
  await expectRefusal(await post('/revoke', { token: 'pcr_x', ...inBody }), 429, 'temporarily_unavailable');
});

it('counts no authentication that succeeds, however many there are', async () => {
  for (let index = 0; index < 3 * POINTS; index += 1) {
    await expectRefusal(await guess('/token', `right${index}`, 'bas', SECRET), 400, 'invalid_grant');
  }
});

it('counts assertions that prove nothing, and leaves the good one that is refused then unused', async () => {
  const key = { ...KEYS.ES256, privateKey: KEYS.EdDSA.privateKey, algorithm: 'EdDSA' };
  const prove = async (assertion: string, code: string) =>
    post('/token', redemption(code, { client_id: undefined, ...assertionFields(assertion) }));
  for (let index = 0; index < POINTS; index += 1) {
    await expectRefusal(await prove(await signAssertion(test, { key }), `pcc_${index}`), 401, 'invalid_client');
  }
  const good = await signAssertion(test, { claims: { exp: test.clock.now + 200 } });
  await expectRefusal(await prove(good, 'pcc_x'), 429, 'temporarily_unavailable');
  test.clock.now += 60;
  await expectRefusal(await prove(good, 'pcc_y'), 400, 'invalid_grant');
});

it('counts nothing of a public client, which has no secret to guess', async () => {
  for (let index = 0; index < 2 * POINTS; index += 1) {
    const response = await post('/token', redemption(`pcc_${index}`, { client_id: 'nobody' }));
    await expectRefusal(response, 401, 'invalid_client');
  }
});
