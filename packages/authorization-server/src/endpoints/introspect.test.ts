import { StorageUnavailableError } from '@portcullis/ports';
import { beforeEach, describe, expect, it } from 'vitest';
import { createResourceServerSecret } from '../resources/new-resource-server.js';
import { FILES, type Form, ISSUER, MAIL, resources, SECRET } from '../testing/fixtures.js';
import { signToken } from '../testing/signed-token.js';
import { claimsOf, expectRefusal, obtainTokens, type Tokens } from '../testing/test-client.js';
import { addResourceServer, basicCredentials, type TestResourceServer } from '../testing/test-resource-server.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

let test: TestServer;
let files: TestResourceServer;
let mail: TestResourceServer;
let tokens: Tokens;
beforeEach(async () => {
  test = await startTestServer();
  files = await addResourceServer(test);
  mail = await addResourceServer(test, MAIL);
  tokens = await obtainTokens(test);
  test.events.length = 0;
});

const introspect = (form: Form, headers: Record<string, string> = {}) => test.postForm('/introspect', form, headers);
const credentials = () => ({ client_id: files.resourceServerId, client_secret: files.secret });

interface Snapshot {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}
const snapshot = async (response: Response): Promise<Snapshot> => ({
  status: response.status,
  headers: [...response.headers],
  body: await response.text(),
});

describe('an active token', () => {
  it('is found with the line end that a shell adds', async () => {
    expect(await files.ask(`${tokens.access_token}\n`)).toMatchObject({ active: true });
  });

  it('is described by what an access token says itself, and no more', async () => {
    const response = await files.introspect(tokens.access_token);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe('application/json');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const { jti, grant_id: grantId } = claimsOf(tokens.access_token);
    expect(await response.json()).toEqual({
      active: true,
      token_type: 'Bearer',
      iss: ISSUER,
      sub: 'subject-of-alice',
      aud: FILES,
      client_id: 'pub',
      scope: 'files:read files:write',
      iat: test.clock.now,
      exp: test.clock.now + 600,
      jti,
    });
    expect(test.events).toMatchObject([
      {
        type: 'introspection.answered',
        outcome: 'allowed',
        resource: FILES,
        clientId: 'pub',
        subject: 'subject-of-alice',
        grantId,
        accessTokenId: jti,
      },
    ]);
  });

  it('may be one that a client got in its own name', async () => {
    const accessToken = await signToken(test);
    expect(await files.ask(accessToken)).toMatchObject({ active: true, sub: 'client:pub', client_id: 'pub' });
  });

  it('is found whatever the hint says', async () => {
    for (const token_type_hint of ['access_token', 'refresh_token', 'id_token']) {
      const response = await files.introspect(tokens.access_token, { token_type_hint });
      expect(await response.json()).toMatchObject({ active: true });
    }
  });

  it('belongs to an origin written with its slash or without', async () => {
    const origin = 'https://gate.test';
    const [first] = resources;
    if (first === undefined) throw new Error('The fixture has no resource');
    test = await startTestServer({ resources: [{ ...first, identifier: origin }] });
    const slashed = await addResourceServer(test, `${origin}/`);
    const { access_token } = await obtainTokens(test, { resource: origin });
    expect(await slashed.ask(access_token)).toMatchObject({ active: true, aud: origin });
  });
});

describe('TK-06 who may ask', () => {
  it('TK-06 a resource server in either way, with one secret', async () => {
    const token = tokens.access_token;
    expect(await (await introspect({ token, ...credentials() })).json()).toMatchObject({ active: true });
    const encoded = basicCredentials(files.resourceServerId.replace('_', '%5F'), files.secret.replace('_', '%5F'));
    expect(await (await introspect({ token }, encoded)).json()).toMatchObject({ active: true });
  });

  const refused: [string, () => [Form, Record<string, string>], number, string][] = [
    ['nobody', () => [{}, {}], 401, 'resource_server_missing'],
    ['an id alone', () => [{ client_id: files.resourceServerId }, {}], 401, 'resource_server_missing'],
    ['a secret alone', () => [{ client_secret: files.secret }, {}], 401, 'resource_server_missing'],
    ['an empty secret', () => [{ ...credentials(), client_secret: '' }, {}], 401, 'resource_server_missing'],
    [
      'a wrong secret',
      () => [{}, basicCredentials(files.resourceServerId, 'pcrs_x')],
      401,
      'resource_server_secret_wrong',
    ],
    [
      'the secret of another',
      () => [{ ...credentials(), client_secret: mail.secret }, {}],
      401,
      'resource_server_secret_wrong',
    ],
    ['an unknown id', () => [{}, basicCredentials('rs_nobody', files.secret)], 401, 'resource_server_unknown'],
    ['a client', () => [{}, basicCredentials('bas', SECRET)], 401, 'resource_server_unknown'],
    ['a public client', () => [{ client_id: 'pub' }, {}], 401, 'resource_server_missing'],
    [
      'the token itself',
      () => [{}, { authorization: `Bearer ${tokens.access_token}` }],
      401,
      'client_method_unsupported',
    ],
    [
      'an assertion',
      () => [{ client_assertion: 'e30.e30.', client_assertion_type: 'urn:x' }, {}],
      401,
      'client_method_unsupported',
    ],
    ['bad base64', () => [{}, { authorization: 'Basic !!!' }], 401, 'basic_malformed'],
    ['an empty Basic secret', () => [{}, basicCredentials(files.resourceServerId, '')], 401, 'basic_malformed'],
    [
      'two ways at once',
      () => [credentials(), basicCredentials(files.resourceServerId, files.secret)],
      400,
      'client_methods_combined',
    ],
    [
      'two ids',
      () => [{ client_id: mail.resourceServerId }, basicCredentials(files.resourceServerId, files.secret)],
      400,
      'client_id_mismatch',
    ],
  ];
  it.each(refused)('TK-06 G4 not %s', async (_title, present, status, reason) => {
    const [form, headers] = present();
    const response = await introspect({ token: tokens.access_token, ...form }, headers);
    expect(response.headers.get('www-authenticate')).toBe(status === 401 ? 'Basic realm="introspection"' : null);
    await expectRefusal(response, status, status === 401 ? 'invalid_client' : 'invalid_request');
    expect(test.events).toMatchObject([{ type: 'resource_server.authentication_failed', outcome: 'refused', reason }]);
    expect(JSON.stringify(test.events)).not.toContain(files.secret);
  });

  it('TK-06 not a resource server of another tenant', async () => {
    const other = await startTestServer(
      { tenantId: 'b', issuer: `${ISSUER}/t/b`, configuredClients: [] },
      test.storage,
    );
    const foreign = await addResourceServer(other);
    const response = await introspect(
      { token: tokens.access_token },
      basicCredentials(foreign.resourceServerId, foreign.secret),
    );
    await expectRefusal(response, 401, 'invalid_client');
  });

  it('TK-06 not with a secret that was replaced, nor once it was removed', async () => {
    const event = { type: 'resource_server.secret_replaced', outcome: 'allowed', tenantId: 'default' } as const;
    const { secret, secretHash } = createResourceServerSecret(test.ports.platform);
    const now = test.clock.now;
    await test.storage.resourceServers.replaceSecret('default', FILES, secretHash, {
      ...event,
      occurredAtEpochSeconds: now,
    });
    await expectRefusal(await files.introspect(tokens.access_token), 401, 'invalid_client');
    const replaced = basicCredentials(files.resourceServerId, secret);
    expect((await introspect({ token: tokens.access_token }, replaced)).status).toBe(200);
    const removed = { ...event, type: 'resource_server.removed', occurredAtEpochSeconds: now } as const;
    await test.storage.resourceServers.remove('default', FILES, { now, markLifetimeSeconds: 630 }, removed);
    await expectRefusal(await introspect({ token: tokens.access_token }, replaced), 401, 'invalid_client');
  });
});

it('needs a token, and says so to a resource server that it knows', async () => {
  await expectRefusal(await introspect(credentials()), 400, 'invalid_request');
  expect(test.events).toMatchObject([{ type: 'introspection.refused', reason: 'token_missing', resource: FILES }]);
  await expectRefusal(await introspect({}), 401, 'invalid_client');
});

it.each<[string, Form]>([
  ['token', { token: ['a', 'b'] }],
  ['client_id', { client_id: ['a', 'a'] }],
  ['token_type_hint', { token_type_hint: ['access_token', 'access_token'] }],
  ['bracket form', { 'token[]': 'a' }],
  ['bracket form with a name', { 'token[0]': 'a' }],
  ['hundred and one', Object.fromEntries(Array.from({ length: 101 }, (_, index) => [`p${index}`, '1']))],
  ['token (empty)', { token: '' }],
])('AZ-13 refuses %s', async (_title, changes) => {
  await expectRefusal(await files.introspect(tokens.access_token, changes), 400, 'invalid_request');
  expect(test.events).toMatchObject([{ type: 'introspection.refused' }]);
});

describe('AZ-14 the form of the request', () => {
  it.each([
    'application/json',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/x-www-form-urlencoded;charset=utf-16',
    'application/x-www-form-urlencoded\t;x',
  ])('AZ-14 refuses the type %s', async (contentType) => {
    const form = { ...credentials(), token: tokens.access_token };
    await expectRefusal(await introspect(form, { 'content-type': contentType }), 415, 'invalid_request');
  });

  it('AZ-14 refuses no type and a large body', async () => {
    const body = new TextEncoder().encode(`token=${tokens.access_token}`);
    await expectRefusal(await test.send('/introspect', { method: 'POST', body }), 415, 'invalid_request');
    await expectRefusal(await files.introspect('x'.repeat(17 * 1024)), 413, 'invalid_request');
  });

  it('AZ-14 takes nothing from the query', async () => {
    const path = `/introspect?client_id=${files.resourceServerId}&client_secret=${files.secret}`;
    await expectRefusal(await test.postForm(path, { token: tokens.access_token }), 400, 'invalid_request');
    await expectRefusal(
      await test.postForm(`/introspect?token=${tokens.access_token}`, credentials()),
      400,
      'invalid_request',
    );
    const told = JSON.stringify(test.events);
    for (const secret of [files.secret, tokens.access_token]) expect(told).not.toContain(secret);
  });

  it('AZ-14 answers GET with 405', async () => {
    const response = await test.send(`/introspect?token=${tokens.access_token}`);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });
});

it('AZ-17 G5 tells an unknown resource server from a wrong secret in nothing', async () => {
  for (const ask of [
    (id: string) => introspect({ token: 'x' }, basicCredentials(id, 'pcrs_wrong')),
    (id: string) => introspect({ token: 'x', client_id: id, client_secret: 'pcrs_wrong' }),
  ]) {
    const unknown = await snapshot(await ask('rs_nobody'));
    expect(unknown).toEqual(await snapshot(await ask(files.resourceServerId)));
    expect(unknown.status).toBe(401);
  }
});

it('limits what one id asks from one network, and leaves the same id elsewhere alone', async () => {
  const rule = { name: 'introspection_per_resource_server', points: 3, windowSeconds: 60 };
  test = await startTestServer({ rateLimits: { introspectionPerResourceServer: rule } });
  files = await addResourceServer(test);
  const stranger = () =>
    test.send(
      '/introspect',
      {
        method: 'POST',
        headers: {
          'content-type': 'application/x-www-form-urlencoded',
          ...basicCredentials(files.resourceServerId, 'pcrs_wrong'),
        },
        body: 'token=x',
      },
      { network: '198.51.100.7' },
    );
  for (let index = 0; index < 3; index += 1) await expectRefusal(await stranger(), 401, 'invalid_client');
  const response = await stranger();
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 429, 'temporarily_unavailable');
  expect(test.events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: rule.name });
  for (let index = 0; index < 3; index += 1) expect(await files.ask('garbage')).toEqual({ active: false });
  await expectRefusal(await files.introspect('garbage'), 429, 'temporarily_unavailable');
});

it('G3 keeps every token and secret out of events and store', async () => {
  await files.ask(tokens.access_token);
  await mail.ask(tokens.refresh_token);
  await introspect({ token: tokens.access_token, ...credentials(), client_secret: mail.secret });
  const kept = JSON.stringify([test.events, test.storage.events]);
  for (const secret of [tokens.refresh_token, tokens.access_token, files.secret, mail.secret]) {
    expect(kept).not.toContain(secret);
  }
});

it('F-03 answers a store that is busy with 503: a token that cannot be looked up is not called inactive', async () => {
  test.storage.revocationMarks.covers = async () => {
    throw new StorageUnavailableError('The database was locked');
  };
  const response = await files.introspect(tokens.access_token);
  expect(Number(response.headers.get('retry-after'))).toBeGreaterThan(0);
  await expectRefusal(response, 503, 'temporarily_unavailable');
  expect(test.events).toMatchObject([
    { type: 'introspection.refused', outcome: 'failed', reason: 'storage_unavailable' },
  ]);
});
