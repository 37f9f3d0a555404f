import { StorageUnavailableError } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { expectRefusal } from '../testing/test-client.js';
import { startTestServer } from '../testing/test-server.js';
import { STALE_LIST_SECONDS } from './published-resources.js';

const DOCUMENTS = ['/.well-known/oauth-authorization-server', '/.well-known/openid-configuration'];

it('F-03 a client in discovery is told what was read last while the store is away, for an hour', async () => {
  const test = await startTestServer();
  const read = () => Promise.all(DOCUMENTS.map(async (path) => (await test.send(path)).json()));
  const list = test.storage.resourceServers.list.bind(test.storage.resourceServers);
  const away = () => Promise.reject(new StorageUnavailableError('Nothing listens there'));

  test.storage.resourceServers.list = away;
  for (const path of DOCUMENTS) await expectRefusal(await test.send(path), 503, 'temporarily_unavailable');
  test.storage.resourceServers.list = list;
  const before = await read();

  test.storage.resourceServers.list = away;
  test.clock.now += STALE_LIST_SECONDS;
  expect(await read()).toEqual(before);
  test.clock.now += 1;
  await expectRefusal(await test.send(DOCUMENTS[0] ?? ''), 503, 'temporarily_unavailable');
});

it('a store that is broken is no store that is away', async () => {
  const test = await startTestServer();
  expect((await test.send(DOCUMENTS[0] ?? '')).status).toBe(200);
  test.storage.resourceServers.list = () => Promise.reject(new Error('broken'));
  expect((await test.send(DOCUMENTS[0] ?? '')).status).toBe(500);
});
