import { nodePlatform } from '@portcullis/ports/node';
import { beforeEach, expect, it } from 'vitest';
import { ISSUER } from '../testing/fixtures.js';
import { expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// What happens to a registration between what a request reads of it and what it writes.

const METADATA = { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'none', client_name: 'An app' };

/** What a client has after it registered. */
interface Registered {
  readonly client_id: string;
  readonly registration_access_token: string;
  readonly registration_client_uri: string;
}

let test: TestServer;
let own: Registered;
beforeEach(async () => {
  test = await startTestServer();
  await register();
});

async function register(changes: object = {}): Promise<void> {
  own = (await (await test.postJson('/register', { ...METADATA, ...changes })).json()) as Registered;
}
const send = (method: string, body?: object) =>
  test.send(own.registration_client_uri.slice(ISSUER.length), {
    method,
    headers: { authorization: `Bearer ${own.registration_access_token}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
const put = (changes: object) => send('PUT', { ...METADATA, client_id: own.client_id, ...changes });
const stored = () => test.storage.clients.find('default', own.client_id);
const eventsOf = (type: string) => test.events.filter((event) => event.type === type);

/** Lets `act` happen between what the next changes read and what they write, at most so many times. */
function inBetween(act: () => Promise<unknown>, times = 1): void {
  const { clients } = test.storage;
  const { replaceRegistration } = clients;
  let left = times;
  clients.replaceRegistration = async (...parameters) => {
    left -= 1;
    if (left >= 0) {
      clients.replaceRegistration = replaceRegistration;
      await act();
      if (left > 0) inBetween(act, left);
    }
    return replaceRegistration(...parameters);
  };
}

it('DC-06 a change is held against what the other one made of the client: a consent to that ends', async () => {
  const client = { client_id: own.client_id };
  let refreshToken = '';
  inBetween(async () => {
    expect((await put({ client_name: 'Your bank' })).status).toBe(200);
    const granted = await test.postForm('/token', redemption(await obtainCode(test, client), client));
    refreshToken = ((await granted.json()) as Tokens).refresh_token;
  });
  // The same description as the one that was read.
  expect((await put({})).status).toBe(200);
  expect((await stored())?.clientName).toBe('An app');
  expect(eventsOf('client.registration_changed')).toMatchObject([{}, { detail: 'what was consented to ended' }]);
  await expectRefusal(await test.postForm('/token', refreshing(refreshToken, client)), 400, 'invalid_grant');
});

it('DC-06 a change leaves a secret that the operator put in place meanwhile', async () => {
  await register({ token_endpoint_auth_method: 'client_secret_post' });
  const event = { type: 'client.secret_replaced', outcome: 'allowed', tenantId: 'default' } as const;
  inBetween(() =>
    test.storage.clients.replaceSecret('default', own.client_id, 'rotated', {
      ...event,
      occurredAtEpochSeconds: test.clock.now,
    }),
  );
  expect((await put({ token_endpoint_auth_method: 'client_secret_post', client_name: 'New' })).status).toBe(200);
  expect(await stored()).toMatchObject({ clientName: 'New', clientSecretHash: 'rotated' });
});

it('DC-06 a change is tried a few times, and then told to come again', async () => {
  const names = ['Name 1', 'Name 2', 'Name 3'];
  inBetween(() => put({ client_name: names.shift() }), names.length);
  const response = await put({ client_name: 'Last' });
  await expectRefusal(response, 503, 'temporarily_unavailable');
  expect((await stored())?.clientName).toBe('Name 3');
});

it('DC-06 a registration is not deleted with a token that was taken back since it was read', async () => {
  const { clients } = test.storage;
  const { remove } = clients;
  clients.remove = async (...parameters) => {
    const hash = nodePlatform.hash(own.registration_access_token);
    const event = { ...parameters[3], type: 'client.registration_token_revoked' } as const;
    await clients.revokeRegistrationToken('default', hash, event);
    return remove(...parameters);
  };
  await expectRefusal(await send('DELETE'), 401, 'invalid_token');
  expect(test.events.at(-1)?.reason).toBe('registration_token_unknown');
  expect(await stored()).toBeDefined();
});
