import { beforeEach, it } from 'vitest';
import { ownName } from '../testing/client-assertions.js';
import { encodeForm, type Form } from '../testing/fixtures.js';
import { expectRefusal, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const POINTS = 3;
const CLIENT_NETWORK = '192.0.2.1';
const STRANGER_NETWORK = '198.51.100.7';

let test: TestServer;
beforeEach(async () => {
  const tokenPerCredential = { name: 'token_per_credential', points: POINTS, windowSeconds: 60 };
  test = await startTestServer({ rateLimits: { tokenPerCredential } });
});

const post = (path: string, form: Form, network: string) =>
  test.send(
    path,
    {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: encodeForm(form),
    },
    { network },
  );

it('GW-17 counts what presents no token by network and client, so that no stranger shuts a client out', async () => {
  const revoke = (network: string) => post('/revoke', { client_id: 'pub' }, network);
  for (let index = 0; index < POINTS; index += 1) {
    await expectRefusal(await revoke(STRANGER_NETWORK), 400, 'invalid_request');
  }
  await expectRefusal(await revoke(STRANGER_NETWORK), 429, 'temporarily_unavailable');
  await expectRefusal(await revoke(CLIENT_NETWORK), 400, 'invalid_request');
});

it('GW-17 counts a code for nobody but whoever presents it, whatever a stranger writes in it', async () => {
  const code = `${CLIENT_NETWORK} pub`;
  for (let index = 0; index < POINTS; index += 1) {
    await expectRefusal(await post('/token', redemption(code), STRANGER_NETWORK), 400, 'invalid_grant');
  }
  await expectRefusal(await post('/token', redemption(code), STRANGER_NETWORK), 429, 'temporarily_unavailable');
  const inOwnName = await post('/token', ownName({ client_id: 'pub' }), CLIENT_NETWORK);
  await expectRefusal(inOwnName, 400, 'unauthorized_client');
});
