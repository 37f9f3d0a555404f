import type { UntrustedFetchFailure } from '@portcullis/ports';
import { padRsaKey, weakenRsaKey } from '@portcullis/ports/testing';
import { beforeEach, describe, expect, it } from 'vitest';
import { assertionFields, KEYS, makeTestKey, signAssertion } from '../testing/client-assertions.js';
import { createScriptedFetch, type ScriptedAnswer, type ScriptedFetch } from '../testing/scripted-fetch.js';
import { expectRefusal, obtainCode, redemption } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';

// Clients that register keys instead of asking for a secret.

const ADDRESS = 'https://client.test/jwks';
const redirect_uris = ['https://app.test/cb'];
const withKeys = { redirect_uris, token_endpoint_auth_method: 'private_key_jwt' };
const jwks = { keys: [KEYS.ES256.publicJwk] };
let network: ScriptedFetch;
let test: TestServer;

beforeEach(async () => {
  network = createScriptedFetch({ [ADDRESS]: { json: jwks } });
  test = await startTestServer({}, undefined, { untrustedFetch: network.untrustedFetch });
});

const register = (body: object) => test.postJson('/register', body);
const registered = async (body: object): Promise<Record<string, unknown>> => {
  const response = await register(body);
  expect(response.status).toBe(201);
  return (await response.json()) as Record<string, unknown>;
};
const storedClients = () => test.storage.events.filter((event) => event.type === 'client.registered').length;

/** Redeems a code of the client, proven by an assertion in its name. */
async function redeemAs(clientId: string, key = KEYS.ES256): Promise<Response> {
  const client = { client_id: clientId, redirect_uri: 'https://app.test/cb' };
  const code = await obtainCode(test, client);
  const assertion = await signAssertion(test, { key, claims: { iss: clientId, sub: clientId } });
  return test.postForm('/token', redemption(code, { ...client, ...assertionFields(assertion) }));
}

it.each<[string, object]>([
  ['jwks', { jwks }],
  ['jwks_uri', { jwks_uri: ADDRESS }],
])('registers %s, echoes what was stored, and lets the client in by its key', async (member, keys) => {
  const body = await registered({ ...withKeys, ...keys, application_type: 'native' });
  const { kid, kty, crv, x, y } = KEYS.ES256.publicJwk;
  const stored = { keys: [{ kty, crv, x, y, kid, alg: 'ES256', use: 'sig' }] };
  expect(body).toEqual({
    client_id: expect.stringMatching(/^client_/),
    client_id_issued_at: test.clock.now,
    registration_access_token: expect.stringMatching(/^pcm_/),
    registration_client_uri: expect.stringMatching(/\?client_id=client_/),
    client_name: 'An application without a name',
    redirect_uris,
    token_endpoint_auth_method: 'private_key_jwt',
    [member]: member === 'jwks' ? stored : ADDRESS,
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    application_type: 'native',
  });
  const client = await test.storage.clients.find('default', String(body['client_id']));
  expect(client).toMatchObject({ clientSecretHash: undefined, tokenEndpointAuthMethod: 'private_key_jwt' });
  expect((await redeemAs(String(body['client_id']))).status).toBe(200);
  await expectRefusal(
    await redeemAs(String(body['client_id']), await makeTestKey('ES256', 'es')),
    401,
    'invalid_client',
  );
});

it('keeps of a registered key what makes it one, without leading zeros', async () => {
  const certificate = { x5c: ['AAAA'], x5t: 'AAAA', x5u: 'https://client.test/cert', ext: true, key_ops: ['verify'] };
  const keys = [
    { ...padRsaKey(KEYS.RS256.publicJwk), alg: 'RS256', ...certificate },
    { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AAAA' },
  ];
  const body = await registered({ ...withKeys, jwks: { keys, other: true } });
  const { kid, kty, n, e } = KEYS.RS256.publicJwk;
  expect(body['jwks']).toEqual({ keys: [{ kty, n, e, kid, alg: 'RS256', use: 'sig' }] });
});

it.each([
  ['keys', jwks],
  ['an empty set of keys', { keys: [] }],
])('ignores %s beside another method', async (_, ignored) => {
  const body = await registered({ redirect_uris, token_endpoint_auth_method: 'none', jwks: ignored });
  expect(body).not.toHaveProperty('jwks');
  expect(body).not.toHaveProperty('client_secret');
});

it('accepts no address of keys where nothing may go there', async () => {
  test = await startTestServer();
  await expectRefusal(await register({ ...withKeys, jwks_uri: ADDRESS }), 400, 'invalid_client_metadata');
  expect(test.events.at(-1)?.reason).toBe('client_keys_unreachable');
  expect((await register({ ...withKeys, jwks })).status).toBe(201);
});

describe('DC-02 keys that are refused', () => {
  const { privateJwk, publicJwk } = KEYS.ES256;
  const rsa = KEYS.RS256.publicJwk;
  it.each<[string, object, string]>([
    ['jwks with a private EC key', { jwks: { keys: [privateJwk] } }, 'client_keys_private'],
    ['jwks with a private RSA key', { jwks: { keys: [KEYS.RS256.privateJwk] } }, 'client_keys_private'],
    ['jwks with a private Ed25519 key', { jwks: { keys: [KEYS.EdDSA.privateJwk] } }, 'client_keys_private'],
    ['jwks with a member d that is empty', { jwks: { keys: [{ ...publicJwk, d: '' }] } }, 'client_keys_private'],
    ['jwks with a prime alone', { jwks: { keys: [{ ...rsa, p: 'AAAA' }] } }, 'client_keys_private'],
    ['jwks with a private key after a public one', { jwks: { keys: [publicJwk, privateJwk] } }, 'client_keys_private'],
    ['jwks with oct', { jwks: { keys: [{ kty: 'oct', k: 'AAAA' }] } }, 'client_keys_private'],
    [
      'jwks with oct beside a public key',
      { jwks: { keys: [publicJwk, { kty: 'oct', k: 'AAAA' }] } },
      'client_keys_private',
    ],
    ['jwks and jwks_uri both', { jwks, jwks_uri: ADDRESS }, 'client_keys_ambiguous'],
    ['neither', {}, 'client_keys_missing'],
    ['jwks null', { jwks: null }, 'client_keys_missing'],
    ['jwks a text', { jwks: JSON.stringify(jwks) }, 'client_keys_malformed'],
    ['jwks a list', { jwks: [publicJwk] }, 'client_keys_malformed'],
    ['jwks without keys', { jwks: {} }, 'client_keys_malformed'],
    ['jwks with no key', { jwks: { keys: [] } }, 'client_keys_malformed'],
    ['jwks with a key that is null', { jwks: { keys: [null] } }, 'client_keys_malformed'],
    [
      'jwks with a key for encryption alone',
      { jwks: { keys: [{ ...publicJwk, use: 'enc' }] } },
      'client_keys_malformed',
    ],
    ['jwks with a key of another curve', { jwks: { keys: [{ ...publicJwk, crv: 'P-384' }] } }, 'client_keys_malformed'],
    ['jwks with a short RSA key', { jwks: { keys: [{ ...rsa, n: 'x'.repeat(171) }] } }, 'client_keys_malformed'],
    ['jwks with an endless RSA key', { jwks: { keys: [{ ...rsa, n: 'x'.repeat(1366) }] } }, 'client_keys_malformed'],
    ['jwks with an endless exponent', { jwks: { keys: [{ ...rsa, e: 'x'.repeat(342) }] } }, 'client_keys_malformed'],
    ...weakenRsaKey(rsa).map(([title, weak]): [string, object, string] => [
      `jwks with ${title}`,
      { jwks: { keys: [weak] } },
      'client_keys_malformed',
    ]),
    ['jwks with 51 keys', { jwks: { keys: Array(51).fill(publicJwk) } }, 'client_keys_malformed'],
    ['jwks_uri of plain http', { jwks_uri: 'http://client.test/jwks' }, 'jwks_uri_malformed'],
    ['jwks_uri that is a number', { jwks_uri: 7 }, 'jwks_uri_malformed'],
  ])('DC-02 refuses %s', async (_title, keys, reason) => {
    await expectRefusal(await register({ ...withKeys, ...keys }), 400, 'invalid_client_metadata');
    expect(test.events.at(-1)).toMatchObject({ type: 'client.registration_refused', reason });
    expect(storedClients()).toBe(0);
  });

  it('DC-02 refuses a private key whatever the method, and repeats nothing of it', async () => {
    for (const token_endpoint_auth_method of ['none', 'client_secret_basic', undefined]) {
      const response = await register({ redirect_uris, token_endpoint_auth_method, jwks: { keys: [privateJwk] } });
      expect(JSON.stringify([await response.clone().text(), test.events])).not.toContain(privateJwk.d);
      await expectRefusal(response, 400, 'invalid_client_metadata');
    }
  });
});

describe('DC-05 what is behind the address of keys', () => {
  /** The whole answer to an assertion, when the address answers so. */
  async function seen(answer: ScriptedAnswer): Promise<object> {
    network.answers.set(ADDRESS, answer);
    test = await startTestServer({}, undefined, { untrustedFetch: network.untrustedFetch });
    const { client_id } = await registered({ ...withKeys, jwks_uri: ADDRESS });
    expect(network.requests).toEqual([]);
    const response = await redeemAs(String(client_id));
    expect(network.requests.splice(0)).toMatchObject([{ url: ADDRESS, maxBytes: 65_536, timeoutMilliseconds: 5000 }]);
    return { status: response.status, headers: [...response.headers], body: await response.text() };
  }

  const failures: readonly (readonly [string, UntrustedFetchFailure])[] = [
    ['an internal address', 'address_refused'],
    ['a closed port', 'not_connected'],
    ['1 GB', 'too_large'],
    ['an answer that takes too long', 'timed_out'],
    ['a name that there is not', 'name_not_resolved'],
  ];
  it.each<[string, ScriptedAnswer, string]>([
    ...failures.map(([title, failure]) => [title, { failure }, failure] as [string, ScriptedAnswer, string]),
    ['a redirect to an internal address', { status: 302 }, 'status_302'],
    ['an open port that is no web server of keys', { status: 200, text: 'SSH-2.0' }, 'no_jwk_set'],
    ['an error', { status: 500 }, 'status_500'],
  ])('DC-05 cannot be told from a wrong key: %s', async (_title, answer, detail) => {
    const stranger = await makeTestKey('ES256', 'es');
    const wrongKey = await seen({ json: { keys: [stranger.publicJwk] } });
    expect(wrongKey).toMatchObject({ status: 401, body: expect.stringContaining('invalid_client') });
    expect(await seen(answer)).toEqual(wrongKey);
    const event = { type: 'client.authentication_failed', reason: 'client_keys_unavailable', detail };
    expect(test.events.at(-1)).toMatchObject(event);
  });

  it('DC-05 asks once, however often a stranger names the client', async () => {
    network.answers.set(ADDRESS, { failure: 'address_refused' });
    const { client_id } = await registered({ ...withKeys, jwks_uri: ADDRESS });
    for (let index = 0; index < 20; index += 1) {
      const claims = { iss: String(client_id), sub: String(client_id) };
      const form = redemption('pcc_x', {
        client_id: undefined,
        ...assertionFields(await signAssertion(test, { claims })),
      });
      await expectRefusal(await test.postForm('/token', form), 401, 'invalid_client');
    }
    expect(network.requests).toHaveLength(1);
  });
});

describe('DC-06 software statements', () => {
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
  const statement = (header: object, claims: object, signature = 'AAAA') =>
    `${encode(header)}.${encode(claims)}.${signature}`;
  const issued = { iss: 'https://publisher.test', software_id: 'x', redirect_uris };
  it.each<[string, unknown, string]>([
    ['unsigned', statement({ alg: 'none' }, issued, ''), 'invalid_software_statement'],
    ['alg none with a signature', statement({ alg: 'none' }, issued), 'invalid_software_statement'],
    ['without a signature', statement({ alg: 'ES256' }, issued, ''), 'invalid_software_statement'],
    ['without an algorithm', statement({}, issued), 'invalid_software_statement'],
    ['without an issuer', statement({ alg: 'ES256' }, { software_id: 'x' }), 'invalid_software_statement'],
    ['no JWT', 'statement', 'invalid_software_statement'],
    ['false', false, 'invalid_software_statement'],
    ['a list', [], 'invalid_software_statement'],
    ['a number', 7, 'invalid_software_statement'],
    ['an object', { iss: 'https://publisher.test' }, 'invalid_software_statement'],
    ['of an unknown issuer', statement({ alg: 'ES256' }, issued), 'unapproved_software_statement'],
    ['MACed by an unknown issuer', statement({ alg: 'HS256' }, issued), 'unapproved_software_statement'],
  ])('DC-06 refuses one that is %s', async (_title, software_statement, error) => {
    await expectRefusal(await register({ redirect_uris, software_statement }), 400, error);
    expect(test.events.at(-1)?.type).toBe('client.registration_refused');
    expect(storedClients()).toBe(0);
  });

  it('DC-06 takes one that is null or empty as none', async () => {
    for (const software_statement of [null, '']) await registered({ redirect_uris, software_statement });
  });

  it('DC-06 shows no member of RFC 7592 where it is off, and nothing answers there', async () => {
    test = await startTestServer({ registrationManagement: false });
    for (const token_endpoint_auth_method of ['none', 'client_secret_basic', 'client_secret_post']) {
      const body = await registered({ redirect_uris, token_endpoint_auth_method });
      expect(body).not.toHaveProperty('registration_client_uri');
      expect(body).not.toHaveProperty('registration_access_token');
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const init = { method, headers: { authorization: 'Bearer x' } };
        expect((await test.send(`/register/client?client_id=${String(body['client_id'])}`, init)).status).toBe(404);
        expect((await test.send('/register', init)).status).toBe(405);
      }
    }
  });
});
