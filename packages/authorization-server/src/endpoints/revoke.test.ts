import { StorageUnavailableError } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { configuredClient, type Form, ISSUER, SECRET } from '../testing/fixtures.js';
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
import { addResourceServer, basicCredentials, type TestResourceServer } from '../testing/test-resource-server.js';
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

const revoke = (token: string | undefined, changes: Form = {}, headers: Record<string, string> = {}) =>
  test.postForm('/revoke', { client_id: 'pub', token, ...changes }, headers);
const refresh = () => test.postForm('/token', refreshing(tokens.refresh_token));
const isActive = async (token: string) => (await files.ask(token))['active'];

async function expectDone(response: Response): Promise<void> {
  expect(response.status).toBe(200);
  expect(await response.text()).toBe('');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('content-type')).toBeNull();
}

async function expectAlive(): Promise<void> {
  expect(await isActive(tokens.access_token)).toBe(true);
  expect((await refresh()).status).toBe(200);
}

async function expectDead(): Promise<void> {
  expect(await isActive(tokens.access_token)).toBe(false);
  await expectRefusal(await refresh(), 400, 'invalid_grant');
}

describe('TK-05 a client lets go of its own access', () => {
  it.each(['refresh_token', 'access_token'] as const)(
    'TK-05 ends the whole grant with its %s, and no other',
    async (kind) => {
      const other = await obtainTokens(test);
      test.events.length = 0;
      await expectDone(await revoke(tokens[kind]));
      const claims = claimsOf(tokens.access_token);
      const { grant_id: grantId, jti } = claims;
      expect(test.events).toMatchObject([
        {
          type: 'grant.revoked',
          outcome: 'allowed',
          reason: 'revoked_by_client',
          clientId: 'pub',
          subject: 'subject-of-alice',
          grantId,
          ...(kind === 'access_token' ? { accessTokenId: jti } : {}),
        },
      ]);
      expect(test.storage.events.at(-1)).toEqual(test.events[0]);
      const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
      expect(marks).toMatchObject([{ kind: 'grant', value: grantId }]);
      await expectDead();
      expect(await isActive(other.access_token)).toBe(true);
      expect((await test.postForm('/token', refreshing(other.refresh_token))).status).toBe(200);
    },
  );

  it.each<[string, 'refresh_token' | 'access_token', string]>([
    ['the hint of the other kind', 'refresh_token', 'access_token'],
    ['the hint of the other kind', 'access_token', 'refresh_token'],
    ['a hint that nobody knows', 'refresh_token', 'id_token'],
    ['a hint that nobody knows', 'access_token', 'urn:x'],
  ])('TK-05 with %s: %s, %s', async (_title, kind, token_type_hint) => {
    await expectDone(await revoke(tokens[kind], { token_type_hint }));
    await expectDead();
  });

  it('TK-05 with a refresh token that has a successor already', async () => {
    const successor = (await (await refresh()).json()) as Tokens;
    await expectDone(await revoke(tokens.refresh_token));
    tokens = successor;
    await expectDead();
  });

  it('TK-05 with a refresh token that lay idle for too long, while an access token of it lives', async () => {
    test = await startTestServer({ lifetimes: { refreshIdleSeconds: 60 } });
    files = await addResourceServer(test);
    tokens = await obtainTokens(test);
    test.clock.now += 60;
    expect(await isActive(tokens.access_token)).toBe(true);
    await expectDone(await revoke(tokens.refresh_token));
    await expectDead();
  });

  it('TK-05 by a client that proves who it is', async () => {
    const headers = basicCredentials('bas', SECRET);
    const code = await obtainCode(test, { client_id: 'bas' });
    tokens = (await (await test.postForm('/token', redemption(code, { client_id: 'bas' }), headers)).json()) as Tokens;
    await expectDone(await revoke(tokens.refresh_token, { client_id: undefined }, headers));
    expect(await isActive(tokens.access_token)).toBe(false);
    const found = await test.storage.grants.findByRefreshToken(
      'default',
      test.ports.platform.hash(tokens.refresh_token),
    );
    expect(found?.revoked).toBe(true);
  });

  it('TK-05 that it got in its own name, which has no grant to end', async () => {
    const accessToken = await signToken(test);
    expect(await isActive(accessToken)).toBe(true);
    await expectDone(await revoke(accessToken));
    expect(await isActive(accessToken)).toBe(false);
    expect(test.events.filter(({ type }) => type === 'grant.revoked')).toMatchObject([
      { grantId: 'grant-of-the-client' },
    ]);
    await expectAlive();
  });

  it('TK-05 twice: once is enough, and told once', async () => {
    await Promise.all(Array.from({ length: 10 }, () => revoke(tokens.refresh_token)));
    await expectDone(await revoke(tokens.access_token));
    const own = await signToken(test);
    await Promise.all(Array.from({ length: 10 }, () => revoke(own)));
    expect(test.events.map(({ type }) => type)).toEqual(['grant.revoked', 'grant.revoked']);
  });

  it('as long as a resource server with a slow clock may take its access token', async () => {
    test.clock.now += 629;
    await expectDone(await revoke(tokens.access_token));
    expect(test.events).toMatchObject([{ type: 'grant.revoked' }]);
  });

  it('F-07 also before its time has come, since the clock was ahead when it was issued', async () => {
    test.clock.now -= 3600;
    expect(await isActive(tokens.access_token)).toBe(false);
    await expectDone(await revoke(tokens.access_token));
    expect(test.events.at(-1)).toMatchObject({ type: 'grant.revoked' });
  });
});

describe('TK-05 a token of another client', () => {
  it.each(['refresh_token', 'access_token'] as const)(
    'TK-05 stays active, and a client that proved who it is learns so: %s',
    async (kind) => {
      const response = await revoke(tokens[kind], { client_id: undefined }, basicCredentials('bas', SECRET));
      await expectRefusal(response, 400, 'invalid_grant');
      expect(test.events).toMatchObject([
        { type: 'revocation.refused', outcome: 'refused', reason: 'token_of_other_client', clientId: 'bas' },
      ]);
      await expectAlive();
    },
  );

  it.each(['refresh_token', 'access_token'] as const)(
    'TK-05 stays active, and a public client learns nothing: %s',
    async (kind) => {
      await expectDone(await revoke(tokens[kind], { client_id: 'nat' }));
      expect(test.events).toMatchObject([
        { type: 'revocation.refused', outcome: 'refused', reason: 'token_of_other_client', clientId: 'nat' },
      ]);
      await expectAlive();
    },
  );

  it('TK-05 that it got in its own name stays active', async () => {
    const accessToken = await signToken(test);
    await expectDone(await revoke(accessToken, { client_id: 'nat' }));
    expect(await isActive(accessToken)).toBe(true);
  });
});

it.each<[string, (test: TestServer) => Promise<string> | string]>([
  ['garbage', () => 'garbage'],
  ['a refresh token that never was', () => `pcr_${'x'.repeat(43)}`],
  ['an expired access token', (test) => signToken(test, { exp: test.clock.now - 30 })],
  ['an access token of another issuer', (test) => signToken(test, { iss: 'https://other.test' })],
  ['an access token of another tenant', (test) => signToken(test, { tenant_id: 'b' })],
])('TK-05 answers an unknown token with 200 and nothing: %s', async (_title, make) => {
  await expectDone(await revoke(await make(test)));
  await expectDone(await revoke(await make(test), { client_id: undefined }, basicCredentials('bas', SECRET)));
  expect(test.events).toEqual([]);
  await expectAlive();
});

it('TK-05 TN-02 knows nothing of a token of another tenant, which lives on', async () => {
  const options = {
    tenantId: 'b',
    issuer: `${ISSUER}/t/b`,
    configuredClients: [configuredClient('pub', { tenantId: 'b' })],
  };
  const other = await startTestServer(options, test.storage);
  other.events.length = 0;
  for (const token of [tokens.refresh_token, tokens.access_token]) {
    await expectDone(await other.postForm('/t/b/revoke', { client_id: 'pub', token }));
  }
  expect(other.events).toEqual([]);
  await expectAlive();
});

it('needs a token, and says so to a client that it knows', async () => {
  await expectRefusal(await revoke(undefined), 400, 'invalid_request');
  await expectRefusal(await revoke(''), 400, 'invalid_request');
  expect(test.events).toMatchObject([
    { type: 'revocation.refused', reason: 'token_missing', clientId: 'pub' },
    { type: 'revocation.refused', reason: 'token_missing', clientId: 'pub' },
  ]);
  await expectRefusal(await revoke(undefined, { client_id: undefined }), 401, 'invalid_client');
});

describe('G2 a refused request ends nothing', () => {
  it.each<[string, Form, Record<string, string>]>([
    ['no client', { client_id: undefined }, {}],
    ['an unknown client', { client_id: 'nobody' }, {}],
    ['a public client with a secret', { client_secret: SECRET }, {}],
    ['a wrong secret', { client_id: undefined }, basicCredentials('bas', 'pcs_wrong')],
    ['the secret where the client has another method', { client_id: 'bas', client_secret: SECRET }, {}],
    ['two ways at once', { client_id: 'bas', client_secret: SECRET }, basicCredentials('bas', SECRET)],
    ['a bearer token', { client_id: undefined }, { authorization: 'Bearer x' }],
  ])('G2 G4 %s', async (_title, changes, headers) => {
    const response = await revoke(tokens.refresh_token, changes, headers);
    expect([400, 401]).toContain(response.status);
    expect(test.events).toMatchObject([{ type: 'client.authentication_failed', outcome: 'refused' }]);
    await expectAlive();
  });
});

it.each<[string, Form]>([
  ['token', { token: ['a', 'b'] }],
  ['client_id', { client_id: ['pub', 'pub'] }],
  ['token_type_hint', { token_type_hint: ['access_token', 'access_token'] }],
  ['resource', { resource: ['https://gate.test/a', 'https://gate.test/b'] }],
  ['bracket form', { 'token[]': 'a' }],
  ['bracket form with a name', { 'token[0]': 'a' }],
  ['hundred and one', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, '1']))],
  ['token (empty)', { token: '' }],
])('AZ-13 refuses %s', async (_title, changes) => {
  await expectRefusal(await revoke(tokens.refresh_token, changes), 400, 'invalid_request');
  expect(test.events).toMatchObject([{ type: 'revocation.refused' }]);
  await expectAlive();
});

describe('AZ-14 the form of the request', () => {
  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/x-www-form-urlencoded;charset=utf-16',
    'application/x-www-form-urlencoded\t;x',
  ])('AZ-14 refuses the type %s', async (contentType) => {
    await expectRefusal(
      await revoke(tokens.refresh_token, {}, { 'content-type': contentType }),
      415,
      'invalid_request',
    );
    await expectAlive();
  });

  it('AZ-14 refuses no type and a large body', async () => {
    const body = new TextEncoder().encode(`client_id=pub&token=${tokens.refresh_token}`);
    await expectRefusal(await test.send('/revoke', { method: 'POST', body }), 415, 'invalid_request');
    await expectRefusal(await revoke('x'.repeat(17 * 1024)), 413, 'invalid_request');
    await expectAlive();
  });

  it('AZ-14 takes nothing from the query', async () => {
    const path = `/revoke?client_id=pub&token=${tokens.refresh_token}`;
    await expectRefusal(await test.postForm(path, {}), 400, 'invalid_request');
    await expectRefusal(await test.postForm(path, { client_id: 'pub', token: 'x' }), 400, 'invalid_request');
    expect(JSON.stringify(test.events)).not.toContain(tokens.refresh_token);
    await expectAlive();
  });

  it('AZ-14 answers GET with 405', async () => {
    const response = await test.send(`/revoke?client_id=pub&token=${tokens.refresh_token}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
    await expectAlive();
  });
});

describe('AZ-17 what cannot be told apart', () => {
  const snapshot = async (response: Response) => ({
    status: response.status,
    headers: [...response.headers],
    body: await response.text(),
  });

  it('AZ-17 G5 an unknown client and a wrong secret', async () => {
    const unknown = await snapshot(await revoke('x', { client_id: undefined }, basicCredentials('nobody', SECRET)));
    const wrong = await snapshot(await revoke('x', { client_id: undefined }, basicCredentials('bas', 'pcs_wrong')));
    expect(unknown).toEqual(wrong);
    expect(unknown).toMatchObject({ status: 401, body: expect.stringContaining('invalid_client') });
    expect(unknown.headers).toContainEqual(['www-authenticate', 'Basic realm="token"']);
  });

  it('AZ-17 G5 for a public client: a token of another, an unknown one, one that was revoked, and its own', async () => {
    const other = await snapshot(await revoke(tokens.refresh_token, { client_id: 'nat' }));
    const answers = [
      other,
      await snapshot(await revoke('garbage')),
      await snapshot(await revoke(tokens.refresh_token)),
      await snapshot(await revoke(tokens.refresh_token)),
      await snapshot(await revoke(tokens.access_token)),
    ];
    for (const answer of answers) expect(answer).toEqual(other);
  });
});

it('limits tries per presented token', async () => {
  for (let index = 0; index < 60; index += 1) await expectDone(await revoke('garbage'));
  const response = await revoke('garbage');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 429, 'temporarily_unavailable');
  expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: 'token_per_credential' });
  await expectDone(await revoke('other garbage'));
});

it('G3 keeps every token and secret out of events and store', async () => {
  await revoke(tokens.access_token, { client_id: undefined }, basicCredentials('bas', SECRET));
  await revoke(tokens.access_token);
  await revoke(tokens.refresh_token);
  const kept = JSON.stringify([test.events, test.storage.events]);
  for (const secret of [tokens.refresh_token, tokens.access_token, SECRET]) expect(kept).not.toContain(secret);
});

it('F-03 answers a store that is busy with 503, and the token lives on', async () => {
  const { revoke: genuine } = test.storage.grants;
  test.storage.grants.revoke = async () => {
    throw new StorageUnavailableError('The database was locked');
  };
  const response = await revoke(tokens.refresh_token);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 503, 'temporarily_unavailable');
  expect(test.events).toMatchObject([{ type: 'revocation.refused', outcome: 'failed', reason: 'storage_unavailable' }]);
  test.storage.grants.revoke = genuine;
  await expectAlive();
});

it('lets scripts of any origin call it, as RFC 7009 §2.3 has it', async () => {
  expect((await revoke('x')).headers.get('access-control-allow-origin')).toBe('*');
  const preflight = await test.send('/revoke', { method: 'OPTIONS', headers: { origin: 'https://app.test' } });
  expect(preflight.status).toBe(204);
});
