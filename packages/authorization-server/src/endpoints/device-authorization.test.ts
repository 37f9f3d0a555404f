import { nodePlatform } from '@portcullis/ports/node';
import { base64Url, DEVICE_CODE_GRANT_TYPE, USER_CODE_ALPHABET } from '@portcullis/protocol';
import { beforeEach, expect, it } from 'vitest';
import { assertionFields, conf, signAssertion } from '../testing/client-assertions.js';
import { clients, FILES, type Form, ISSUER, MAIL, SECRET } from '../testing/fixtures.js';
import { expectRefusal } from '../testing/test-client.js';
import { askForCodes, DEVICE_REQUEST, television } from '../testing/test-device.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

const bySecret = {
  ...television,
  clientId: 'tv-secret',
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: nodePlatform.hash(SECRET),
} as const;
const byKey = { ...conf, clientId: 'conf', grantTypes: [DEVICE_CODE_GRANT_TYPE], redirectUris: [] };
const narrow = { ...television, clientId: 'narrow', scopes: ['files:read'] };

let test: TestServer;
beforeEach(async () => {
  test = await startTestServer({ configuredClients: [...clients, television, bySecret, byKey, narrow] });
  // The making of the first key.
  test.events.length = 0;
});

const ask = (changes: Form, headers: Record<string, string> = {}): Promise<Response> =>
  test.postForm('/device_authorization', { ...DEVICE_REQUEST, ...changes }, headers);

it('DV-01 answers a code for the device, one for the person, where to type it in, and how often to ask', async () => {
  const response = await ask({});
  expect(response.status).toBe(200);
  expect(response.headers.get('cache-control')).toBe('no-store');
  const codes = (await response.json()) as Record<string, unknown>;
  expect(codes).toEqual({
    device_code: expect.stringMatching(/^pcd_[A-Za-z0-9_-]{43}$/),
    user_code: expect.stringMatching(/^[BCDFGHJKLMNPQRSTVWXZ]{4}-[BCDFGHJKLMNPQRSTVWXZ]{4}$/),
    verification_uri: `${ISSUER}/device`,
    verification_uri_complete: `${ISSUER}/device?user_code=${codes['user_code']}`,
    expires_in: 600,
    interval: 5,
  });
  expect(test.events).toMatchObject([
    {
      type: 'device.requested',
      outcome: 'allowed',
      clientId: 'tv',
      resource: FILES,
      scopes: ['files:read', 'files:write'],
    },
  ]);
});

it('DV-01 G3 keeps no code but by its hash, and names none in the trail', async () => {
  const { device_code, user_code } = await askForCodes(test);
  const plain = user_code.replace('-', '');
  const kept = JSON.stringify(await test.storage.deviceCodes.find('default', nodePlatform.hash(device_code)));
  for (const secret of [device_code, user_code, plain]) {
    expect(kept).not.toContain(secret);
    expect(JSON.stringify(test.events)).not.toContain(secret);
  }
});

it('DV-01 ST-05 draws both codes from the secure source, and nothing else', async () => {
  const drawn: Uint8Array[] = [];
  const bytes = (length: number): Uint8Array<ArrayBuffer> => {
    const fresh = nodePlatform.random.bytes(length);
    drawn.push(fresh);
    return fresh;
  };
  const platform = { ...nodePlatform, random: { bytes } };
  const server = await startTestServer({ configuredClients: [television] }, undefined, { platform });
  drawn.length = 0;
  const { device_code, user_code } = await askForCodes(server);
  expect(drawn.map((one) => base64Url(one))).toContain(device_code.replace('pcd_', ''));
  const letters = drawn.slice(1).flatMap((one) => [...one].filter((byte) => byte < 240).map((byte) => byte % 20));
  const code = letters.slice(0, 8).map((index) => USER_CODE_ALPHABET[index]);
  expect(user_code.replace('-', '')).toBe(code.join(''));
});

it('DV-01 tells how long codes live and how often to ask as the operator says', async () => {
  const options = { configuredClients: [television], lifetimes: { deviceCodeSeconds: 300, devicePollSeconds: 7 } };
  expect(await askForCodes(await startTestServer(options))).toMatchObject({ expires_in: 300, interval: 7 });
});

it('DV-01 a client proves who it is as at the token endpoint', async () => {
  const basic = `Basic ${Buffer.from(`tv-secret:${SECRET}`).toString('base64')}`;
  expect((await ask({ client_id: undefined }, { authorization: basic })).status).toBe(200);
  const proof = assertionFields(await signAssertion(test));
  expect((await ask({ client_id: 'conf', ...proof })).status).toBe(200);

  await expectRefusal(await ask({ client_id: 'tv-secret' }), 401, 'invalid_client');
  await expectRefusal(await ask({ client_id: 'nobody' }), 401, 'invalid_client');
  await expectRefusal(await ask({ client_id: undefined }), 401, 'invalid_client');
  await expectRefusal(await ask({ client_id: 'conf', ...proof }), 401, 'invalid_client');
  const wrong = `Basic ${Buffer.from('tv-secret:wrong').toString('base64')}`;
  const refused = await ask({ client_id: undefined }, { authorization: wrong });
  expect(refused.headers.get('www-authenticate')).toBe('Basic realm="token"');
  await expectRefusal(refused, 401, 'invalid_client');
});

it.each<[string, Form, number, string, string]>([
  ['a client without the grant', { client_id: 'pub' }, 400, 'unauthorized_client', 'grant_type_not_of_client'],
  ['a resource that is none of ours', { resource: 'https://evil.test/mcp' }, 400, 'invalid_target', 'resource_unknown'],
  ['two resources', { resource: [FILES, MAIL] }, 400, 'invalid_target', 'resource_ambiguous'],
  ['no resource where there are several', { resource: undefined }, 400, 'invalid_target', 'resource_missing'],
  ['a scope that there is not', { scope: 'root' }, 400, 'invalid_scope', 'scope_unknown'],
  ['a malformed scope', { scope: 'a\u0001b' }, 400, 'invalid_scope', 'scope_malformed'],
  [
    'a scope that the client may not have',
    { client_id: 'narrow', scope: 'files:write' },
    400,
    'invalid_scope',
    'scope_unknown',
  ],
  ['a parameter twice', { scope: ['files:read', 'files:read'] }, 400, 'invalid_request', 'duplicate_parameter'],
])('DV-01 G4 refuses %s', async (_title, changes, status, error, reason) => {
  await expectRefusal(await ask(changes), status, error);
  expect(test.events).toHaveLength(1);
  expect(test.events[0]).toMatchObject({ type: 'device.refused', outcome: 'refused', reason });
});

it('DV-01 AZ-13 may repeat audience, which nobody reads', async () => {
  expect((await ask({ audience: ['a', 'b'] })).status).toBe(200);
});

it('DV-01 asks for the default scopes of the resource where none is named, and for no offline_access', async () => {
  await askForCodes(test, { scope: undefined });
  await askForCodes(test, { scope: 'files:write offline_access' });
  expect(test.events.map((event) => event.scopes)).toEqual([['files:read'], ['files:write']]);
});

it.each([
  [['authorization_code', DEVICE_CODE_GRANT_TYPE], ['authorization_code']],
  [[DEVICE_CODE_GRANT_TYPE], ['authorization_code', 'refresh_token']],
])('DV-01 a client that registered itself never has the grant: of %j it gets %j', async (grant_types, given) => {
  const metadata = { redirect_uris: ['https://app.test/cb'], token_endpoint_auth_method: 'none', grant_types };
  const registered = (await (await test.postJson('/register', metadata)).json()) as Record<string, unknown>;
  expect(registered['grant_types']).toEqual(given);
  await expectRefusal(await ask({ client_id: String(registered['client_id']) }), 400, 'unauthorized_client');
});

it('DV-01 draws again where a user code is taken, and fails in the open where none is ever free', async () => {
  const { create } = test.storage.deviceCodes;
  let taken = 7;
  test.storage.deviceCodes.create = async (authorization) => (taken-- > 0 ? 'taken' : create(authorization));
  expect((await ask({})).status).toBe(200);
  taken = 8;
  await expectRefusal(await ask({}), 500, 'server_error');
  expect(test.events.at(-1)).toMatchObject({ type: 'device.refused', outcome: 'failed', reason: 'internal_error' });
});

it('DV-01 devices that prove nothing get no more codes on one network than the operator lets them', async () => {
  const authorizationRequestsPerClient = { name: 'authorization_requests_per_client', points: 2, windowSeconds: 60 };
  const { configuredClients = [] } = test.options;
  test = await startTestServer({ configuredClients, rateLimits: { authorizationRequestsPerClient } });
  for (let count = 0; count < 2; count += 1) expect((await ask({})).status).toBe(200);
  const limited = await ask({});
  expect(limited.headers.get('retry-after')).toMatch(/^[0-9]+$/);
  await expectRefusal(limited, 429, 'temporarily_unavailable');
  await expectRefusal(await ask({ client_id: 'narrow', scope: 'files:read' }), 429, 'temporarily_unavailable');
});

it('DV-01 uses up no assertion where a client asks too often: the same one is taken later', async () => {
  const authorizationRequestsPerClient = { name: 'authorization_requests_per_client', points: 1, windowSeconds: 60 };
  const { configuredClients = [] } = test.options;
  test = await startTestServer({ configuredClients, rateLimits: { authorizationRequestsPerClient } });
  const form = async () => {
    const assertion = await signAssertion(test, { claims: { exp: test.clock.now + 200 } });
    return { client_id: 'conf', ...assertionFields(assertion) };
  };
  expect((await ask(await form())).status).toBe(200);
  const again = await form();
  await expectRefusal(await ask(again), 429, 'temporarily_unavailable');
  test.clock.now += 60;
  expect((await ask(again)).status).toBe(200);
});

it.each(['query', 'GET'])('DV-01 takes nothing from the address: %s', async (how) => {
  const query = `/device_authorization?client_id=tv&resource=${encodeURIComponent(FILES)}`;
  const response = how === 'GET' ? await test.send(query) : await test.postForm(query, {});
  expect(response.status).toBe(how === 'GET' ? 405 : 400);
});

it('DV-01 the metadata names the endpoint and the grant (RFC 8628 §4)', async () => {
  const metadata = await (await test.send('/.well-known/oauth-authorization-server')).json();
  expect(metadata).toMatchObject({
    device_authorization_endpoint: `${ISSUER}/device_authorization`,
    grant_types_supported: expect.arrayContaining([DEVICE_CODE_GRANT_TYPE]),
  });
});
