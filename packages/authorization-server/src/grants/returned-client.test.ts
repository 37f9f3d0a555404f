import { type AuditEventType, CLIENT_MARK_REACH_SECONDS } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, expect, it } from 'vitest';
import { ownName } from '../testing/client-assertions.js';
import { configuredClient, SECRET } from '../testing/fixtures.js';
import { addResourceServer, basicCredentials, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// A client that is removed, and let in again under the same id: what it got before is dead, what it gets later is good.

const START = 1_800_000_000;
const job = configuredClient('job', {
  source: 'registered',
  redirectUris: [],
  grantTypes: ['client_credentials'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: nodePlatform.hash(SECRET),
});

let test: TestServer;
let files: TestResourceServer;
beforeEach(async () => {
  test = await startTestServer();
  files = await addResourceServer(test);
  await letIn();
});

const event = (type: AuditEventType) =>
  ({ type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: START }) as const;
const letIn = () => test.storage.clients.register(job, event('client.added'));
/** As the command line does, with its own clock, and the longest lifetimes that there are. */
const remove = () =>
  test.storage.clients.remove('default', 'job', { now: START, markLifetimeSeconds: 3660 }, event('client.removed'));

async function obtain(from: TestServer = test): Promise<string> {
  const response = await from.postForm('/token', ownName(), basicCredentials('job', SECRET));
  expect(response.status).toBe(200);
  return ((await response.json()) as { readonly access_token: string }).access_token;
}
const isActive = async (accessToken: string) => (await files.ask(accessToken))['active'];

it('TK-04 gets good access tokens again once the mark of its removal reaches no further', async () => {
  const before = await obtain();
  await remove();
  await letIn();
  const inTheSameSecond = await obtain();
  test.clock.now = START + CLIENT_MARK_REACH_SECONDS;
  const withinReach = await obtain();
  test.clock.now += 1;
  const after = await obtain();
  for (const dead of [before, inTheSameSecond, withinReach]) expect(await isActive(dead)).toBe(false);
  expect(await isActive(after)).toBe(true);
});

it('TK-04 gets no good one from a replica whose clock is a minute ahead and that signs half a minute after the removal', async () => {
  const clock = { now: START + 60 };
  const { clients } = test.storage;
  const storage = {
    ...test.storage,
    clients: {
      ...clients,
      async find(tenantId: string, clientId: string) {
        const found = await clients.find(tenantId, clientId);
        await remove();
        clock.now += 30;
        return found;
      },
    },
  };
  const slow = await obtain(await startTestServer({}, test.storage, { clock, storage }));
  expect(await test.storage.clients.find('default', 'job')).toBeUndefined();
  await letIn();
  test.clock.now = START + CLIENT_MARK_REACH_SECONDS + 1;
  expect(await isActive(slow)).toBe(false);
  expect(await isActive(await obtain())).toBe(true);
});
