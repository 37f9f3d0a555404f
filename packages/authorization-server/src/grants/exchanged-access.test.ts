import type { AuditEvent, AuditEventType, Client } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, FILES, MAIL, resources, SECRET } from '../testing/fixtures.js';
import { signToken } from '../testing/signed-token.js';
import { claimsOf, expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { addResourceServer, basicCredentials, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { backService, exchange, exchanged, service } from '../testing/test-service.js';

// An exchanged token has the grant of the token it came from, and went through several clients. What ends any of them ends it.

const app = configuredClient('app');
let test: TestServer;
let files: TestResourceServer;
let mail: TestResourceServer;
let tokens: Tokens;
/** What `svc` got for the token of `app`, at the mail; and what `back` got for that, at the files. */
let once: string;
let twice: string;

const event = (type: AuditEventType): AuditEvent => {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
};
const revocation = () => ({ now: test.clock.now, markLifetimeSeconds: 630 });

async function store(client: Client): Promise<void> {
  await test.storage.clients.register({ ...client, source: 'registered' }, event('client.added'));
}

beforeEach(async () => {
  test = await startTestServer({ configuredClients: [] });
  for (const client of [app, service, backService]) await store(client);
  files = await addResourceServer(test);
  mail = await addResourceServer(test, MAIL);
  const code = await obtainCode(test, { client_id: 'app' });
  tokens = (await (await test.postForm('/token', redemption(code, { client_id: 'app' }))).json()) as Tokens;
  ({ once, twice } = await exchangeTwice(tokens.access_token));
  test.events.length = 0;
});

async function exchangeTwice(accessToken: string): Promise<{ readonly once: string; readonly twice: string }> {
  const first = await exchanged(await exchange(test, accessToken));
  const second = await exchanged(await exchange(test, first.access_token, { resource: FILES }, 'back'));
  return { once: first.access_token, twice: second.access_token };
}

/** Which of the two are still good, for those who ask, and for whoever would exchange them again. */
async function alive(server: TestServer = test): Promise<readonly boolean[]> {
  const again = [
    (await exchange(server, once, { resource: FILES }, 'back')).status === 200,
    (await exchange(server, twice)).status === 200,
  ];
  const active = [(await mail.ask(once))['active'], (await files.ask(twice))['active']];
  if (server === test) expect(again).toEqual(active);
  return again;
}

const remove = (clientId: string) =>
  test.storage.clients.remove('default', clientId, revocation(), event('client.removed'));

it('XG-06 is good while all are there', async () => {
  expect(await alive()).toEqual([true, true]);
});

describe('XG-06 what ends it', () => {
  it.each<[string, () => Promise<unknown>]>([
    [
      'the user disabled',
      () => test.storage.users.disable('default', 'subject-of-alice', revocation(), event('user.disabled')),
    ],
    ['the first client revoking', () => test.postForm('/revoke', { client_id: 'app', token: tokens.refresh_token })],
    ['the first client removed', () => remove('app')],
    [
      'the first client taken off the account',
      () =>
        test.storage.grants.disconnect('default', 'subject-of-alice', 'app', revocation(), event('consent.withdrawn')),
    ],
    ['the service removed', () => remove('svc')],
  ])('%s', async (_title, end) => {
    await end();
    const back = await exchange(test, once, { resource: FILES }, 'back');
    await expectRefusal(back, 400, 'invalid_request');
    expect(await mail.ask(once)).toEqual({ active: false });
    expect(await files.ask(twice)).toEqual({ active: false });
  });

  it('a service in between removed, and put back: what came through it before', async () => {
    await remove('svc');
    await store(service);
    expect(await alive()).toEqual([false, false]);
  });

  it('the last service removed, and what it got alone', async () => {
    await remove('back');
    expect([(await mail.ask(once))['active'], (await files.ask(twice))['active']]).toEqual([true, false]);
  });

  it.each([
    ['the first client', ['svc', 'back']],
    ['the service in between', ['app', 'back']],
  ])('%s out of the configuration', async (_title, kept) => {
    const configured = [app, service, backService];
    test = await startTestServer({ configuredClients: configured });
    const code = await obtainCode(test, { client_id: 'app' });
    tokens = (await (await test.postForm('/token', redemption(code, { client_id: 'app' }))).json()) as Tokens;
    ({ once, twice } = await exchangeTwice(tokens.access_token));
    const later = await startTestServer(
      { configuredClients: configured.filter(({ clientId }) => kept.includes(clientId)) },
      test.storage,
    );
    await expectRefusal(await exchange(later, once, { resource: FILES }, 'back'), 400, 'invalid_request');
    expect(later.events.at(-1)).toMatchObject({ reason: 'subject_token_ended', detail: 'client_gone' });
  });

  it('its own resource gone', async () => {
    const left = resources.filter(({ identifier }) => identifier === FILES);
    await test.storage.resourceServers.remove('default', MAIL, revocation(), event('resource_server.removed'));
    const later = await startTestServer({ configuredClients: [], resources: left }, test.storage);
    await expectRefusal(await exchange(later, once, { resource: FILES }, 'back'), 400, 'invalid_request');
    expect(later.events.at(-1)).toMatchObject({ reason: 'subject_token_ended', detail: 'resource_gone' });
  });

  it('the client removed in whose own name it is', async () => {
    await store(configuredClient('machine'));
    const own = await signToken(test, { sub: 'client:machine', client_id: 'machine' });
    ({ once, twice } = await exchangeTwice(own));
    expect(await alive()).toEqual([true, true]);
    await remove('machine');
    expect(await alive()).toEqual([false, false]);
    await store(configuredClient('machine'));
    expect(await alive()).toEqual([false, false]);
  });

  it('the token revoked that a client got in its own name', async () => {
    await store(configuredClient('machine'));
    const own = await signToken(test, { sub: 'client:machine', client_id: 'machine' });
    ({ once, twice } = await exchangeTwice(own));
    await test.postForm('/revoke', { client_id: 'machine', token: own });
    expect(await alive()).toEqual([false, false]);
  });
});

describe('RFC 7009 §2.2.1 a service that gives an exchanged token back', () => {
  it('XG-06 ends nothing of what the user let another client do', async () => {
    const form = { token: once, client_id: 'svc' };
    await expectRefusal(
      await test.postForm('/revoke', form, basicCredentials('svc', SECRET)),
      400,
      'unsupported_token_type',
    );
    const { grant_id: grantId, jti: accessTokenId } = claimsOf(once);
    expect(test.events).toMatchObject([
      { type: 'revocation.refused', reason: 'token_of_exchange', clientId: 'svc', grantId, accessTokenId },
    ]);
    expect(await test.storage.revocationMarks.after('default', 0, test.clock.now)).toEqual([]);
    expect(await alive()).toEqual([true, true]);
    expect((await test.postForm('/token', refreshing(tokens.refresh_token, { client_id: 'app' }))).status).toBe(200);
  });

  it('XG-06 but a client revokes what it got itself, whoever an identity provider says acts by it', async () => {
    const act = { sub: 'client:svc', iss: 'https://idp.test' };
    const own = await signToken(test, { sub: 'client:app', client_id: 'app', act });
    expect(await files.ask(own)).toMatchObject({ active: true, act });
    expect((await test.postForm('/revoke', { token: own, client_id: 'app' })).status).toBe(200);
    expect(await files.ask(own)).toEqual({ active: false });
  });

  it('XG-06 cannot do it for another service either', async () => {
    const form = { token: once, client_id: 'back' };
    await expectRefusal(await test.postForm('/revoke', form, basicCredentials('back', SECRET)), 400, 'invalid_grant');
    expect(await alive()).toEqual([true, true]);
  });
});
