import type { AuditEvent, AuditEventType, User } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, FILES, MAIL, resources } from '../testing/fixtures.js';
import {
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../testing/test-client.js';
import { addResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let tokens: Tokens;
/** Not redeemed yet. */
let code: string;
const app = { client_id: 'app' };

const event = (type: AuditEventType): AuditEvent => {
  return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
};
const revocation = () => ({ now: test.clock.now, markLifetimeSeconds: 630 });

/** Tokens and a code of the client `app`, which is stored, for `resource`. */
async function grant(resource: string = FILES): Promise<void> {
  const redeemed = await test.postForm('/token', redemption(await obtainCode(test, { ...app, resource }), app));
  tokens = (await redeemed.json()) as Tokens;
  code = await obtainCode(test, { ...app, resource });
  test.events.length = 0;
}

beforeEach(async () => {
  test = await startTestServer();
  const client = configuredClient('app', { source: 'registered' });
  await test.storage.clients.register(client, event('client.added'));
});

const refresh = (server = test) => server.postForm('/token', refreshing(tokens.refresh_token, app));
const redeem = (server = test) => server.postForm('/token', redemption(code, app));

async function expectNothingMinted(status: number, error: string, reasons: [string, string], server = test) {
  await expectRefusal(await refresh(server), status, error);
  await expectRefusal(await redeem(server), status, error);
  expect(server.events.map(({ reason }) => reason)).toEqual(reasons);
}

describe('TK-04 what ends while a refresh token and a code live', () => {
  it('TK-04 the user was disabled', async () => {
    await grant();
    await test.storage.users.disable('default', 'subject-of-alice', revocation(), event('user.disabled'));
    await expectNothingMinted(400, 'invalid_grant', ['grant_revoked', 'code_unknown']);
    await test.storage.users.enable('default', 'subject-of-alice', event('user.enabled'));
    await expectRefusal(await refresh(), 400, 'invalid_grant');
  });

  it('TK-04 the user was removed', async () => {
    await grant();
    await test.storage.users.remove('default', 'subject-of-alice', revocation(), event('user.removed'));
    await expectNothingMinted(400, 'invalid_grant', ['grant_revoked', 'code_unknown']);
  });

  it('TK-04 the consent was revoked', async () => {
    await grant();
    await test.storage.grants.disconnect(
      'default',
      'subject-of-alice',
      'app',
      revocation(),
      event('consent.withdrawn'),
    );
    await expectNothingMinted(400, 'invalid_grant', ['grant_revoked', 'code_unknown']);
  });

  it('TK-04 the client was removed', async () => {
    await grant();
    await test.storage.clients.remove('default', 'app', revocation(), event('client.removed'));
    await expectNothingMinted(401, 'invalid_client', ['client_unknown', 'client_unknown']);
    await test.storage.clients.register(configuredClient('app', { source: 'registered' }), event('client.added'));
    await expectRefusal(await refresh(), 400, 'invalid_grant');
  });

  it('TK-04 the client went out of the configuration', async () => {
    tokens = await obtainTokens(test);
    const later = await startTestServer({ configuredClients: [] }, test.storage);
    await expectRefusal(await later.postForm('/token', refreshing(tokens.refresh_token)), 401, 'invalid_client');
  });

  it('TK-04 the registered resource server was removed', async () => {
    const reports = 'https://reports.test/mcp';
    await addResourceServer(test, reports);
    await grant(reports);
    await test.storage.resourceServers.remove('default', reports, revocation(), event('resource_server.removed'));
    await expectNothingMinted(400, 'invalid_grant', ['grant_revoked', 'code_unknown']);
    await test.newBrowser().authorize({ ...app, resource: reports });
    expect(test.events.at(-1)).toMatchObject({ type: 'authorization.refused', reason: 'resource_unknown' });
  });

  it('TK-04 the resource went out of the configuration', async () => {
    await grant();
    const later = await startTestServer(
      { resources: resources.filter(({ identifier }) => identifier === MAIL) },
      test.storage,
    );
    await expectNothingMinted(400, 'invalid_grant', ['resource_gone', 'resource_gone'], later);
    await expectRefusal(
      await later.postForm('/token', refreshing(tokens.refresh_token, { ...app, resource: FILES })),
      400,
      'invalid_grant',
    );
    expect((await refresh()).status).toBe(200);
    expect((await redeem()).status).toBe(200);
  });

  it.each([
    ['disabled', (user: User | undefined) => user && { ...user, disabled: true }],
    ['gone', () => undefined],
  ] as const)('TK-04 G2 the user is %s though nothing ended the grant, and nothing is used up', async (_title, end) => {
    await grant();
    const { users, grants } = test.storage;
    const { findBySubject } = users;
    const { findByRefreshToken } = grants;
    users.findBySubject = async (...named) => end(await findBySubject(...named));
    grants.findByRefreshToken = async (...named) => {
      const found = await findByRefreshToken(...named);
      return found && { ...found, userGone: true };
    };
    await expectNothingMinted(400, 'invalid_grant', ['user_gone', 'user_gone']);
    users.findBySubject = findBySubject;
    grants.findByRefreshToken = findByRefreshToken;
    test.events.length = 0;
    expect((await refresh()).status).toBe(200);
    expect((await redeem()).status).toBe(200);
    expect(test.events.map(({ type }) => type)).toEqual(['refresh_token.rotated', 'authorization_code.redeemed']);
  });
});
