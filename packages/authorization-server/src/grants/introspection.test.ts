import type { AuditEvent, AuditEventType } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, FILES, type Form, ISSUER, MAIL, resources } from '../testing/fixtures.js';
import { signToken } from '../testing/signed-token.js';
import {
  claimsOf,
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../testing/test-client.js';
import { addResourceServer, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let files: TestResourceServer;
let tokens: Tokens;
beforeEach(async () => {
  test = await startTestServer();
  files = await addResourceServer(test);
  tokens = await obtainTokens(test);
  test.events.length = 0;
});

/** All that travels. */
const snapshot = async (response: Response) => ({
  status: response.status,
  headers: [...response.headers],
  body: await response.text(),
});

describe('TK-06 a token that is not active', () => {
  const removal = () => ({ now: test.clock.now, markLifetimeSeconds: 630 });
  const operated = (type: AuditEventType): AuditEvent => {
    return { type, outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: test.clock.now };
  };

  const inactive: [string, string, () => Promise<string> | string][] = [
    ['garbage', 'access_token_unknown', () => 'garbage'],
    ['garbage in three parts', 'access_token_unknown', () => 'a.b.c'],
    ['a refresh token that never was', 'refresh_token_unknown', () => `pcr_${'x'.repeat(43)}`],
    ['an access token of another issuer', 'access_token_unknown', () => signToken(test, { iss: 'https://other.test' })],
    ['a token of another kind under our key', 'access_token_unknown', () => signToken(test, {}, { typ: 'JWT' })],
    ['an access token of another tenant', 'access_token_unknown', () => signToken(test, { tenant_id: 'b' })],
    [
      'an access token of another audience',
      'audience_mismatch',
      async () => (await obtainTokens(test, { resource: MAIL })).access_token,
    ],
    [
      'a refresh token of another audience',
      'refresh_token_presented',
      async () => (await obtainTokens(test, { resource: MAIL })).refresh_token,
    ],
    [
      'an expired access token',
      'access_token_expired',
      () => {
        test.clock.now += 600;
        return tokens.access_token;
      },
    ],
    ['a refresh token that is good', 'refresh_token_presented', () => tokens.refresh_token],
    [
      'a refresh token that has a successor, within the grace',
      'refresh_token_presented',
      async () => {
        await test.postForm('/token', refreshing(tokens.refresh_token));
        return tokens.refresh_token;
      },
    ],
    [
      'an access token whose grant was revoked',
      'grant_revoked',
      async () => {
        await test.postForm('/revoke', { client_id: 'pub', token: tokens.refresh_token });
        return tokens.access_token;
      },
    ],
    [
      'an access token that a mark names alone',
      'access_revoked',
      async () => {
        const accessToken = await signToken(test);
        await test.postForm('/revoke', { client_id: 'pub', token: accessToken });
        return accessToken;
      },
    ],
    [
      'an access token that a client got before it was removed and came back',
      'access_revoked',
      async () => {
        const client = configuredClient('back', { source: 'registered' });
        await test.storage.clients.register(client, operated('client.added'));
        const accessToken = await signToken(test, { sub: 'client:back', client_id: 'back' });
        expect(await files.ask(accessToken)).toMatchObject({ active: true });
        await test.storage.clients.remove('default', 'back', removal(), operated('client.removed'));
        await test.storage.clients.register(client, operated('client.added'));
        return accessToken;
      },
    ],
    [
      'an access token of a grant that is not there',
      'grant_unknown',
      () => signToken(test, { sub: 'subject-of-alice' }),
    ],
    [
      'an access token of a grant that is not there, of a user who is called like the client',
      'grant_unknown',
      () => signToken(test, { sub: 'pub' }),
    ],
    [
      'an access token of a grant that is not there, in the name of another client',
      'grant_unknown',
      () => signToken(test, { sub: 'client:nat' }),
    ],
    [
      'an access token of a disabled user, though nothing ended the grant',
      'user_gone',
      async () => {
        const find = test.storage.users.findBySubject;
        test.storage.users.findBySubject = async (tenantId, subject) => {
          const user = await find(tenantId, subject);
          return user && { ...user, disabled: true };
        };
        return tokens.access_token;
      },
    ],
    [
      'an access token of a disabled user',
      'grant_revoked',
      async () => {
        await test.storage.users.disable('default', 'subject-of-alice', removal(), operated('user.disabled'));
        return tokens.access_token;
      },
    ],
    [
      'an access token of a removed user',
      'grant_revoked',
      async () => {
        await test.storage.users.remove('default', 'subject-of-alice', removal(), operated('user.removed'));
        return tokens.access_token;
      },
    ],
    [
      'an access token of a client that is gone',
      'client_gone',
      () => signToken(test, { sub: 'client:gone', client_id: 'gone' }),
    ],
  ];

  it.each(inactive)('TK-06 G4 %s (%s)', async (_title, reason, make) => {
    const expected = await snapshot(await files.introspect('garbage'));
    expect(expected).toMatchObject({ status: 200, body: '{"active":false}' });
    const token = await make();
    test.events.length = 0;
    expect(await snapshot(await files.introspect(token))).toEqual(expected);
    expect(test.events).toMatchObject([
      { type: 'introspection.inactive', outcome: 'refused', reason, resource: FILES },
    ]);
    expect(JSON.stringify(test.events)).not.toContain(token);
  });

  it('TK-06 a refresh token, and it is good still; the trail says whose it is', async () => {
    for (let index = 0; index < 3; index += 1) expect(await files.ask(tokens.refresh_token)).toEqual({ active: false });
    const grantId = claimsOf(tokens.access_token)['grant_id'];
    expect(test.events[0]).toMatchObject({ clientId: 'pub', subject: 'subject-of-alice', grantId });
    expect((await test.postForm('/token', refreshing(tokens.refresh_token))).status).toBe(200);
  });

  it('TK-06 a token of a real other tenant, on the same store', async () => {
    const options = {
      tenantId: 'b',
      issuer: `${ISSUER}/t/b`,
      configuredClients: [configuredClient('pub', { tenantId: 'b' })],
    };
    const other = await startTestServer(options, test.storage);
    const browser = other.newBrowser();
    const code = (await browser.approve()).searchParams.get('code') ?? '';
    const foreign = (await (await other.postForm('/t/b/token', redemption(code))).json()) as Tokens;
    expect(await files.ask(foreign.access_token)).toEqual({ active: false });
    expect(await files.ask(foreign.refresh_token)).toEqual({ active: false });
    const theirs = await addResourceServer(other);
    expect(await theirs.ask(foreign.access_token)).toMatchObject({ active: true, iss: `${ISSUER}/t/b` });
    expect(await theirs.ask(tokens.access_token)).toEqual({ active: false });
    expect(await theirs.ask(tokens.refresh_token)).toEqual({ active: false });
  });

  it('TK-06 an access token for a resource that is served under another spelling now', async () => {
    const [first] = resources;
    if (first === undefined) throw new Error('The fixture has no resource');
    const before = await startTestServer({ resources: [{ ...first, identifier: 'https://gate.test' }] });
    const { access_token } = await obtainTokens(before, { resource: 'https://gate.test' });
    const now = await startTestServer({ resources: [{ ...first, identifier: 'https://gate.test/' }] }, before.storage);
    const slashed = await addResourceServer(now, 'https://gate.test/');
    expect(await slashed.ask(access_token)).toEqual({ active: false });
    expect(now.events.at(-1)).toMatchObject({ type: 'introspection.inactive', reason: 'resource_gone' });
  });

  it('TK-06 takes the same look-ups for each of them', async () => {
    const looked: string[] = [];
    const noting =
      <Given extends unknown[], Found>(act: string, genuine: (...given: Given) => Found) =>
      (...given: Given): Found => {
        looked.push(act);
        return genuine(...given);
      };
    const { grants, revocationMarks, users } = test.storage;
    grants.find = noting('grant', grants.find);
    revocationMarks.covers = noting('marks', revocationMarks.covers);
    users.findBySubject = noting('user', users.findBySubject);
    const other = await obtainTokens(test, { resource: MAIL });
    const asked = [
      'garbage',
      `pcr_${'x'.repeat(43)}`,
      other.access_token,
      other.refresh_token,
      tokens.access_token,
      await signToken(test, { exp: test.clock.now }),
    ];
    for (const token of asked) {
      looked.length = 0;
      await files.introspect(token);
      expect(looked).toEqual(['grant', 'marks', 'user']);
    }
  });
});

it('holds an access token against every kind of mark', async () => {
  const { covers } = test.storage.revocationMarks;
  const asked: unknown[] = [];
  test.storage.revocationMarks.covers = (tenantId, revocables, issuedAt, now) => {
    asked.push({ tenantId, revocables, issuedAt, now });
    return covers(tenantId, revocables, issuedAt, now);
  };
  const { now: issuedAt } = test.clock;
  test.clock.now += 60;
  await files.ask(tokens.access_token);
  const [key] = await test.server.verificationKeys();
  const grant = { kind: 'grant', value: claimsOf(tokens.access_token)['grant_id'] };
  const others = [
    { kind: 'subject', value: 'subject-of-alice' },
    { kind: 'client', value: 'pub' },
    { kind: 'key', value: key?.keyId },
    { kind: 'tenant', value: 'default' },
  ];
  const revocables = [grant, ...others];
  expect(asked).toEqual([{ tenantId: 'default', revocables, issuedAt, now: test.clock.now }]);
});

it('AZ-04 a code that is replayed ends the access that its first redemption gave', async () => {
  const code = await obtainCode(test);
  const first = (await (await test.postForm('/token', redemption(code))).json()) as Tokens;
  expect(await files.ask(first.access_token)).toMatchObject({ active: true });
  await expectRefusal(await test.postForm('/token', redemption(code)), 400, 'invalid_grant');
  expect(test.events.at(-1)).toMatchObject({ type: 'authorization_code.replayed' });
  expect(await files.ask(first.access_token)).toEqual({ active: false });
  expect(await files.ask(first.refresh_token)).toEqual({ active: false });
  await expectRefusal(await test.postForm('/token', refreshing(first.refresh_token)), 400, 'invalid_grant');
});

it.each<[string, Form]>([
  ['client', { client_id: 'nat' }],
  ['redirect URI', { redirect_uri: 'https://app.test/other' }],
  ['verifier', { code_verifier: 'w'.repeat(43) }],
])('AZ-04 a replay with the wrong %s leaves both tokens good', async (_title, changes) => {
  const code = await obtainCode(test);
  const first = (await (await test.postForm('/token', redemption(code))).json()) as Tokens;
  expect((await test.postForm('/token', redemption(code, changes))).status).toBe(400);
  expect(await files.ask(first.access_token)).toMatchObject({ active: true });
  expect((await test.postForm('/token', refreshing(first.refresh_token))).status).toBe(200);
});
