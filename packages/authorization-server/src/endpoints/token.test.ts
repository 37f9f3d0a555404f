import { StorageUnavailableError } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { FILES, type Form, ISSUER, MAIL, resources, SECRET } from '../testing/fixtures.js';
import {
  claimsOf,
  expectRefusal,
  obtainCode,
  obtainTokens,
  redemption,
  refreshing,
  type Tokens,
} from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer();
});

const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });
const redeem = (code: string, changes: Form = {}, headers: Record<string, string> = {}) =>
  test.postForm('/token', redemption(code, changes), headers);
const lastEvent = () => test.events.at(-1);

it('answers a good redemption with an RFC 9068 access token for one audience', async () => {
  const response = await redeem(await obtainCode(test));
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('pragma')).toBe('no-cache');
  expect(response.headers.get('access-control-allow-origin')).toBe('*');
  const body = (await response.json()) as Tokens;
  expect(body).toEqual({
    access_token: expect.any(String),
    token_type: 'Bearer',
    expires_in: 600,
    scope: 'files:read files:write',
    refresh_token: expect.stringMatching(/^pcr_[A-Za-z0-9_-]{43}$/),
  });
  const header = JSON.parse(atob(body.access_token.split('.')[0] ?? ''));
  expect(header).toEqual({ alg: 'ES256', typ: 'at+jwt', kid: expect.any(String) });
  const claims = claimsOf(body.access_token);
  expect(claims).toEqual({
    iss: ISSUER,
    sub: 'subject-of-alice',
    aud: FILES,
    client_id: 'pub',
    scope: 'files:read files:write',
    tenant_id: 'default',
    grant_id: expect.any(String),
    jti: expect.any(String),
    auth_time: test.clock.now,
    iat: test.clock.now,
    exp: test.clock.now + 600,
  });
  expect(lastEvent()).toMatchObject({ type: 'authorization_code.redeemed', accessTokenId: claims['jti'] });
});

it('gives no refresh token to a client that may not refresh', async () => {
  const metadata = {
    redirect_uris: ['https://x.test/cb'],
    token_endpoint_auth_method: 'none',
    grant_types: ['authorization_code'],
  };
  const { client_id } = (await (await test.postJson('/register', metadata)).json()) as { client_id: string };
  const client = { client_id, redirect_uri: 'https://x.test/cb' };
  const body = (await (await redeem(await obtainCode(test, client), client)).json()) as object;
  expect(Object.keys(body)).not.toContain('refresh_token');
  await expectRefusal(await test.postForm('/token', refreshing('pcr_x', { client_id })), 400, 'unauthorized_client');
});

describe('AZ-02 the code verifier', () => {
  it.each<[string, Form, string]>([
    ['is missing', { code_verifier: undefined }, 'invalid_request'],
    ['is empty', { code_verifier: '' }, 'invalid_request'],
    ['is wrong', { code_verifier: 'w'.repeat(43) }, 'invalid_grant'],
    ['has 42 characters', { code_verifier: 'v'.repeat(42) }, 'invalid_request'],
    ['has 129 characters', { code_verifier: 'v'.repeat(129) }, 'invalid_request'],
  ])('AZ-02 refuses when it %s, and the code lives on', async (_title, changes, error) => {
    const code = await obtainCode(test);
    await expectRefusal(await redeem(code, changes), 400, error);
    expect((await redeem(code)).status).toBe(200);
  });
});

it.each([undefined, 'v'.repeat(43)])(
  'AZ-03 never redeems a code without a challenge (verifier %s)',
  async (code_verifier) => {
    const row = {
      tenantId: 'default',
      codeHash: test.ports.platform.hash('pcc_imported'),
      clientId: 'pub',
      redirectUri: 'https://app.test/cb',
      codeChallenge: undefined,
      codeChallengeMethod: undefined,
      resource: FILES,
      scopes: ['files:read'],
      subject: 'subject-of-alice',
      clientAuthMethod: 'none' as const,
      authenticatedAtEpochSeconds: test.clock.now,
      grantId: 'g',
      issuedAtEpochSeconds: test.clock.now,
      expiresAtEpochSeconds: test.clock.now + 60,
      redeemed: false,
    };
    const find = test.storage.codes.find;
    test.storage.codes.find = async (tenantId, hash) => (hash === row.codeHash ? row : find(tenantId, hash));
    const error = code_verifier === undefined ? 'invalid_request' : 'invalid_grant';
    await expectRefusal(await redeem('pcc_imported', { code_verifier }), 400, error);
    expect(lastEvent()?.reason).toBe(code_verifier === undefined ? 'code_verifier_missing' : 'code_without_challenge');
  },
);

describe('AZ-04 a code that comes again', () => {
  it.each([{ resource: MAIL }, { resource: 'https://other.test/mcp' }])(
    'AZ-04 ends the grant whatever it is asked for, once its client and verifier are right: %j',
    async (changes) => {
      const code = await obtainCode(test);
      const tokens = (await (await redeem(code)).json()) as Tokens;
      await expectRefusal(await redeem(code, changes), 400, 'invalid_grant');
      expect(lastEvent()).toMatchObject({ type: 'authorization_code.replayed', reason: 'code_replayed' });
      await expectRefusal(await test.postForm('/token', refreshing(tokens.refresh_token)), 400, 'invalid_grant');
    },
  );

  it('AZ-04 ends the grant when it is valid in all respects', async () => {
    const code = await obtainCode(test);
    const tokens = (await (await redeem(code)).json()) as Tokens;
    await expectRefusal(await redeem(code), 400, 'invalid_grant');
    expect(lastEvent()).toMatchObject({ type: 'authorization_code.replayed', reason: 'code_replayed' });
    await expectRefusal(await test.postForm('/token', refreshing(tokens.refresh_token)), 400, 'invalid_grant');
    const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
    expect(marks).toMatchObject([{ kind: 'grant', value: claimsOf(tokens.access_token)['grant_id'] }]);
  });

  it.each([60, 61, 3600])('AZ-04 ends the grant %i seconds later as well, and its access token', async (seconds) => {
    const code = await obtainCode(test);
    const tokens = (await (await redeem(code)).json()) as Tokens;
    test.clock.now += seconds;
    await test.storage.sweep('default', test.clock.now);
    await expectRefusal(await redeem(code), 400, 'invalid_grant');
    expect(lastEvent()).toMatchObject({ type: 'authorization_code.replayed', reason: 'code_replayed' });
    await expectRefusal(await test.postForm('/token', refreshing(tokens.refresh_token)), 400, 'invalid_grant');
    const marks = await test.storage.revocationMarks.after('default', 0, test.clock.now);
    expect(marks).toMatchObject([{ kind: 'grant', value: claimsOf(tokens.access_token)['grant_id'] }]);
  });

  const wrong: readonly [string, Form][] = [
    ['client', { client_id: 'nat' }],
    ['redirect URI', { redirect_uri: 'https://app.test/other' }],
    ['verifier', { code_verifier: 'w'.repeat(43) }],
  ];
  it.each(wrong.flatMap(([title, changes]) => [0, 61].map((seconds) => [title, seconds, changes] as const)))(
    'AZ-04 ends nothing with the wrong %s, %i seconds later',
    async (_title, seconds, changes) => {
      const code = await obtainCode(test);
      const tokens = (await (await redeem(code)).json()) as Tokens;
      test.clock.now += seconds;
      expect((await redeem(code, changes)).status).toBe(400);
      expect((await test.postForm('/token', refreshing(tokens.refresh_token))).status).toBe(200);
    },
  );
});

it('AZ-05 lets one of fifty redemptions win, and ends the grant for the others', async () => {
  const code = await obtainCode(test);
  const responses = await Promise.all(Array.from({ length: 50 }, () => redeem(code)));
  const winners = responses.filter((response) => response.status === 200);
  expect(winners).toHaveLength(1);
  expect(responses.filter((response) => response.status === 400)).toHaveLength(49);
  const { refresh_token } = (await (winners[0] as Response).json()) as Tokens;
  await expectRefusal(await test.postForm('/token', refreshing(refresh_token)), 400, 'invalid_grant');
});

describe('AZ-06 whose code it is', () => {
  it.each<[string, Form, number, string, Record<string, string>]>([
    ['another public client', { client_id: 'nat' }, 400, 'invalid_grant', {}],
    ['another client with its secret', { client_id: undefined }, 400, 'invalid_grant', basic('bas', SECRET)],
    ['another redirect URI', { redirect_uri: 'https://app.test/cb/' }, 400, 'invalid_grant', {}],
    ['another resource', { resource: MAIL }, 400, 'invalid_target', {}],
    ['no client at all', { client_id: undefined }, 401, 'invalid_client', {}],
  ])('AZ-06 refuses %s, and the code lives on', async (_title, changes, status, error, headers) => {
    const code = await obtainCode(test);
    await expectRefusal(await redeem(code, changes, headers), status, error);
    expect((await redeem(code)).status).toBe(200);
  });

  it('AZ-06 refuses a code after its time', async () => {
    const code = await obtainCode(test);
    test.clock.now += 61;
    await expectRefusal(await redeem(code), 400, 'invalid_grant');
    expect(lastEvent()?.reason).toBe('code_expired');
  });

  it('takes a code without the redirect URI, and with its resource named', async () => {
    const code = await obtainCode(test);
    expect((await redeem(code, { redirect_uri: undefined, resource: [FILES, FILES] })).status).toBe(200);
  });
});

it.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:x'])(
  'AZ-12 refuses grant_type=%s',
  async (grant_type) => {
    await expectRefusal(await redeem('pcc_x', { grant_type }), 400, 'unsupported_grant_type');
  },
);

it.each<[string, Form]>([
  ['grant_type', { grant_type: ['authorization_code', 'authorization_code'] }],
  ['code', { code: ['a', 'b'] }],
  ['client_id', { client_id: ['pub', 'pub'] }],
  ['bracket form', { 'code[]': 'a' }],
  ['hundred and one', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, '1']))],
  ['grant_type (empty)', { grant_type: '' }],
])('AZ-13 refuses %s', async (_title, changes) => {
  const code = await obtainCode(test);
  await expectRefusal(await redeem(code, changes), 400, 'invalid_request');
  expect((await redeem(code)).status).toBe(200);
});

describe('AZ-14 the form of the request', () => {
  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/x-www-form-urlencoded;charset=utf-16',
    'application/x-www-form-urlencoded\t;x',
  ])('AZ-14 refuses the type %s', async (contentType) => {
    await expectRefusal(await redeem('pcc_x', {}, { 'content-type': contentType }), 415, 'invalid_request');
  });

  it('AZ-14 refuses no type, a large body and bytes that are no UTF-8', async () => {
    const body = new TextEncoder().encode('grant_type=refresh_token');
    await expectRefusal(await test.send('/token', { method: 'POST', body }), 415, 'invalid_request');
    await expectRefusal(await redeem('x'.repeat(17 * 1024)), 413, 'invalid_request');
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const bytes = new Uint8Array([0xff, 0x3d, 0x31]);
    await expectRefusal(await test.send('/token', { method: 'POST', headers, body: bytes }), 400, 'invalid_request');
  });

  it('AZ-14 takes nothing from the query, and the code lives on', async () => {
    const code = await obtainCode(test);
    await expectRefusal(await test.postForm(`/token?code=${code}`, redemption(code)), 400, 'invalid_request');
    expect(JSON.stringify(test.events)).not.toContain(code);
    expect((await redeem(code)).status).toBe(200);
  });

  it('AZ-14 answers GET with 405', async () => {
    const response = await test.send('/token?grant_type=authorization_code');
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

describe('AZ-15 client authentication', () => {
  const body = { client_secret: SECRET };
  const assertion = { client_assertion: 'e30.e30.', client_assertion_type: 'urn:x' };
  it.each<[string, string, Form, Record<string, string>]>([
    ['Basic', 'bas', { client_id: undefined }, basic('bas', SECRET)],
    ['Basic, form encoded', 'bas', {}, basic('%62as', SECRET.replaceAll('-', '%2D'))],
    ['the body', 'pst', { client_id: 'pst', ...body }, {}],
    ['the body beside an empty header', 'pst', { client_id: 'pst', ...body }, { authorization: '' }],
    ['no method beside an empty header', 'pub', {}, { authorization: ' \t' }],
  ])('accepts %s', async (_title, client_id, form, headers) => {
    const code = await obtainCode(test, { client_id });
    expect((await redeem(code, { client_id, ...form }, headers)).status).toBe(200);
  });

  it.each<[string, Form, Record<string, string>, number, string]>([
    ['Basic and a body secret', { client_id: 'bas', ...body }, basic('bas', SECRET), 400, 'invalid_request'],
    ['Basic and an assertion', { client_id: 'bas', ...assertion }, basic('bas', SECRET), 400, 'invalid_request'],
    ['a secret and an assertion', { client_id: 'pst', ...body, ...assertion }, {}, 400, 'invalid_request'],
    ['Basic for another client_id', { client_id: 'pub' }, basic('bas', SECRET), 400, 'invalid_request'],
    ['an assertion alone', { client_id: 'bas', ...assertion }, {}, 401, 'invalid_client'],
    ['a wrong secret', { client_id: undefined }, basic('bas', 'pcs_wrong'), 401, 'invalid_client'],
    ['an empty secret', { client_id: undefined }, basic('bas', ''), 401, 'invalid_client'],
    ['no secret', { client_id: 'bas' }, {}, 401, 'invalid_client'],
    ['an empty body secret', { client_id: 'pst', client_secret: '' }, {}, 401, 'invalid_client'],
    ['the body instead of Basic', { client_id: 'bas', ...body }, {}, 401, 'invalid_client'],
    ['Basic instead of the body', { client_id: undefined }, basic('pst', SECRET), 401, 'invalid_client'],
    ['a secret of a public client', { client_id: 'pub', ...body }, {}, 401, 'invalid_client'],
    ['bad base64', { client_id: undefined }, { authorization: 'Basic !!!' }, 401, 'invalid_client'],
    ['no colon', { client_id: undefined }, { authorization: `Basic ${btoa('bas')}` }, 401, 'invalid_client'],
    ['a bad escape', { client_id: undefined }, { authorization: `Basic ${btoa('bas:%zz')}` }, 401, 'invalid_client'],
    ['another scheme', { client_id: undefined }, { authorization: 'Bearer x' }, 401, 'invalid_client'],
    ['a scheme alone', { client_id: 'pub' }, { authorization: 'Bearer' }, 401, 'invalid_client'],
  ])('AZ-15 refuses %s', async (_title, changes, headers, status, error) => {
    const response = await redeem('pcc_x', changes, headers);
    const isHeader = headers['authorization'] !== undefined;
    expect(response.headers.get('www-authenticate')).toBe(isHeader && status === 401 ? 'Basic realm="token"' : null);
    await expectRefusal(response, status, error);
    expect(lastEvent()?.type).toBe('client.authentication_failed');
  });
});

describe('AZ-17 what cannot be told apart', () => {
  const snapshot = async (response: Response) => ({
    status: response.status,
    headers: [...response.headers],
    body: await response.text(),
  });

  it('AZ-17 an unknown client and a wrong secret', async () => {
    const unknown = await snapshot(await redeem('pcc_x', { client_id: undefined }, basic('nobody', SECRET)));
    const wrong = await snapshot(await redeem('pcc_x', { client_id: undefined }, basic('bas', 'pcs_wrong')));
    expect(unknown).toEqual(wrong);
  });

  it('AZ-17 a wrong code and an expired one', async () => {
    const code = await obtainCode(test);
    test.clock.now += 61;
    expect(await snapshot(await redeem(code))).toEqual(await snapshot(await redeem('pcc_x')));
  });

  it('AZ-17 an unknown refresh token and a revoked one', async () => {
    const code = await obtainCode(test);
    const { refresh_token } = (await (await redeem(code)).json()) as Tokens;
    await redeem(code);
    const revoked = await snapshot(await test.postForm('/token', refreshing(refresh_token)));
    expect(revoked).toEqual(await snapshot(await test.postForm('/token', refreshing('pcr_x'))));
  });
});

it('limits tries per presented credential', async () => {
  for (let index = 0; index < 60; index += 1) await expectRefusal(await redeem('pcc_x'), 400, 'invalid_grant');
  const response = await redeem('pcc_x');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 429, 'temporarily_unavailable');
  await expectRefusal(await redeem('pcc_y'), 400, 'invalid_grant');
});

it('mints nothing for a resource that is no longer served', async () => {
  const { refresh_token } = await obtainTokens(test);
  const later = await startTestServer({ resources: resources.slice(1) }, test.storage);
  await expectRefusal(await later.postForm('/token', refreshing(refresh_token)), 400, 'invalid_grant');
  expect(later.events.at(-1)?.reason).toBe('resource_gone');
});

it('mints nothing for a user who is gone', async () => {
  const code = await obtainCode(test);
  const { refresh_token } = await obtainTokens(test);
  const now = test.clock.now;
  const event = { type: 'user.removed', outcome: 'allowed', tenantId: 'default', occurredAtEpochSeconds: now } as const;
  await test.storage.users.remove('default', 'subject-of-alice', { now, markLifetimeSeconds: 630 }, event);
  await expectRefusal(await redeem(code), 400, 'invalid_grant');
  await expectRefusal(await test.postForm('/token', refreshing(refresh_token)), 400, 'invalid_grant');
});

it('G1 answers a store that fails without a word of why', async () => {
  test.storage.codes.find = async () => {
    throw new Error('SELECT secret FROM codes');
  };
  const response = await redeem('pcc_x');
  await expectRefusal(response.clone(), 500, 'server_error');
  expect(JSON.stringify(test.events) + (await response.text())).not.toContain('SELECT');
  expect(lastEvent()).toMatchObject({ type: 'token.refused', outcome: 'failed', reason: 'internal_error' });
});

it('F-03 answers a store that is busy with 503 and when to come back', async () => {
  test.storage.codes.find = async () => {
    throw new StorageUnavailableError('The database was locked');
  };
  const response = await redeem('pcc_x');
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 503, 'temporarily_unavailable');
  expect(lastEvent()).toMatchObject({ outcome: 'failed', reason: 'storage_unavailable' });
});
