import { DEVICE_CODE_GRANT_TYPE } from '@portcullis/protocol';
import { beforeEach, expect, it } from 'vitest';
import { assertionFields, conf, ownName, signAssertion } from '../testing/client-assertions.js';
import { clients, FILES, type Form } from '../testing/fixtures.js';
import { GOOD_REQUEST } from '../testing/test-browser.js';
import { expectRefusal, obtainTokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// `conf` proves itself by assertions, each of which is good once.

let test: TestServer;
beforeEach(async () => {
  const grantTypes = [...conf.grantTypes, DEVICE_CODE_GRANT_TYPE];
  test = await startTestServer({ configuredClients: [...clients, { ...conf, grantTypes }] });
});

/** What each endpoint takes of `conf`, and what is wrong with a request that is refused with 400. */
const ENDPOINTS: readonly (readonly [string, Form, number, Form])[] = [
  ['/token', ownName(), 200, { scope: 'files:"read"' }],
  ['/token', ownName(), 200, { resource: 'https://other.test/mcp' }],
  ['/token', ownName(), 200, { grant_type: 'authorization_code', code: 'pcc_unknown', code_verifier: 'v'.repeat(43) }],
  ['/token', ownName(), 200, { grant_type: 'refresh_token', refresh_token: 'pcr_unknown' }],
  ['/par', { ...GOOD_REQUEST, client_id: 'conf' }, 201, { redirect_uri: 'https://other.test/cb' }],
  ['/par', { ...GOOD_REQUEST, client_id: 'conf' }, 201, { code_challenge_method: 'plain' }],
  ['/device_authorization', { client_id: 'conf', resource: FILES }, 200, { scope: 'nope' }],
  ['/revoke', { client_id: 'conf', token: 'unknown' }, 200, { token: undefined }],
];

it.each(ENDPOINTS)('G2 %s: with %j it is %i; what is refused for %j uses up no assertion', async (...row) => {
  const [path, good, status, wrong] = row;
  const assertion = assertionFields(await signAssertion(test));
  const refused = await test.postForm(path, { ...good, ...assertion, ...wrong });
  expect(refused.status).toBe(400);
  expect(await refused.json()).not.toMatchObject({ error: 'invalid_client' });
  expect((await test.postForm(path, { ...good, ...assertion })).status).toBe(status);
  // What was accepted does, and then everything is refused for that alone.
  for (const more of [{}, wrong]) {
    await expectRefusal(await test.postForm(path, { ...good, ...assertion, ...more }), 401, 'invalid_client');
    expect(test.events.at(-1)).toMatchObject({
      type: 'client.authentication_failed',
      reason: 'client_assertion_replayed',
    });
  }
});

it('G2 /revoke: the token of another client uses up no assertion', async () => {
  const assertion = assertionFields(await signAssertion(test));
  const { refresh_token } = await obtainTokens(test);
  const revoke = (token: string) => test.postForm('/revoke', { client_id: 'conf', token, ...assertion });
  await expectRefusal(await revoke(refresh_token), 400, 'invalid_grant');
  expect((await revoke('unknown')).status).toBe(200);
  await expectRefusal(await revoke('unknown'), 401, 'invalid_client');
});

it.each(['/token', '/par', '/device_authorization', '/revoke'])(
  'AZ-16 %s: of twenty requests at once with one assertion one is accepted, and the others do nothing',
  async (path) => {
    const [, good = {}, status = 200] = ENDPOINTS.find(([endpoint]) => endpoint === path) ?? [];
    const form = { ...good, ...assertionFields(await signAssertion(test)) };
    const answers = await Promise.all(Array.from({ length: 20 }, () => test.postForm(path, form)));
    expect(answers.filter((answer) => answer.status === status)).toHaveLength(1);
    for (const answer of answers.filter((one) => one.status !== status)) {
      await expectRefusal(answer, 401, 'invalid_client');
    }
    const refused = test.events.filter(({ reason }) => reason === 'client_assertion_replayed');
    expect(refused).toHaveLength(19);
  },
);
