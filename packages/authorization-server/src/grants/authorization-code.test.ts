import type { Client } from '@portcullis/ports';
import { createMemoryStorage } from '@portcullis/ports/memory';
import { nodePlatform } from '@portcullis/ports/node';
import { expect, it } from 'vitest';
import { assertionFields, conf, signAssertion } from '../testing/client-assertions.js';
import { configuredClient, SECRET } from '../testing/fixtures.js';
import { expectRefusal, obtainCode, redemption, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const BY_SECRET: Partial<Client> = {
  tokenEndpointAuthMethod: 'client_secret_post',
  clientSecretHash: nodePlatform.hash(SECRET),
  jwks: undefined,
};

/** One client, as it is when its code is issued and as it is when the code comes back: to a server each, on one store. */
async function serve(
  whenIssued: Client,
  now: Client,
): Promise<{ readonly before: TestServer; readonly after: TestServer }> {
  const storage = createMemoryStorage();
  const before = await startTestServer({ configuredClients: [whenIssued] }, storage);
  return { before, after: await startTestServer({ configuredClients: [now] }, storage) };
}

it('CI-08 from a key to a secret does not open a code of before, which is good again with the key', async () => {
  const { before, after } = await serve(conf, { ...conf, ...BY_SECRET });
  const form = redemption(await obtainCode(before, { client_id: 'conf' }), { client_id: 'conf' });
  await expectRefusal(await after.postForm('/token', { ...form, client_secret: SECRET }), 401, 'invalid_client');
  expect(after.events).toMatchObject([
    { type: 'token.refused', reason: 'client_became_weaker', clientId: 'conf', grantId: expect.any(String) },
  ]);
  const proof = assertionFields(await signAssertion(before));
  expect((await before.postForm('/token', { ...form, ...proof })).status).toBe(200);
});

it('CI-08 a grant is as hard to use as its client was to pass for when the user consented', async () => {
  const { before, after } = await serve(configuredClient('app'), configuredClient('app', BY_SECRET));
  const form = redemption(await obtainCode(before, { client_id: 'app' }), { client_id: 'app' });
  const response = await after.postForm('/token', { ...form, client_secret: SECRET });
  const { refresh_token } = (await response.json()) as Tokens;
  const found = await after.storage.grants.findByRefreshToken('default', nodePlatform.hash(refresh_token));
  expect(found?.grant.clientAuthMethod).toBe('none');
});
