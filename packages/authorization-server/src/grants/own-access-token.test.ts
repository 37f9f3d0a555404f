import { generateKeyPair, SignJWT } from 'jose';
import { beforeEach, describe, expect, it } from 'vitest';
import type { VerificationKey } from '../keys/signing-keys.js';
import { FILES, ISSUER, MAIL } from '../testing/fixtures.js';
import { type Claims, signToken } from '../testing/signed-token.js';
import { claimsOf, obtainTokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { createOwnAccessTokens, type OwnAccessTokens } from './own-access-token.js';

let test: TestServer;
let loads: number;
let keys: () => Promise<readonly VerificationKey[]>;
let ownAccessTokens: OwnAccessTokens;

beforeEach(async () => {
  test = await startTestServer();
  loads = 0;
  keys = test.server.verificationKeys;
  const signingKeys = {
    verificationKeys: async () => {
      loads += 1;
      return keys();
    },
  };
  ownAccessTokens = createOwnAccessTokens(signingKeys, test.ports.platform.clock, {
    ...test.options,
    lifetimes: { clockToleranceSeconds: 30 },
  });
});

const read = (accessToken: string) => ownAccessTokens.read(accessToken, test.clock.now);
const THUMBPRINT = 'NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs';
const UNKNOWN = { ok: false, failure: 'access_token_unknown' };

it('reads what this issuer signed, for whichever resource', async () => {
  for (const resource of [FILES, MAIL]) {
    const { access_token } = await obtainTokens(test, { resource });
    const claims = claimsOf(access_token);
    expect(await read(access_token)).toEqual({
      ok: true,
      value: {
        subject: 'subject-of-alice',
        clientId: 'pub',
        resource,
        scopes: ['files:read', 'files:write'],
        grantId: claims['grant_id'],
        accessTokenId: claims['jti'],
        keyId: (await keys())[0]?.keyId,
        issuedAtEpochSeconds: test.clock.now,
        expiresAtEpochSeconds: test.clock.now + 600,
        authenticatedAtEpochSeconds: test.clock.now,
        proofKey: undefined,
        actor: undefined,
      },
    });
  }
});

it('reads the key that one is bound to, and who acts by it', async () => {
  const actor = { sub: 'client:front', act: { sub: 'client:back' } };
  const accessToken = await signToken(test, { cnf: { jkt: THUMBPRINT }, act: actor });
  expect(await read(accessToken)).toMatchObject({ ok: true, value: { proofKey: THUMBPRINT, actor } });
});

it('reads one until the second before it expires', async () => {
  const accessToken = await signToken(test);
  test.clock.now += 599;
  expect((await read(accessToken)).ok).toBe(true);
  test.clock.now += 1;
  expect(await read(accessToken)).toEqual({ ok: false, failure: 'access_token_expired' });
});

it('F-07 does not know one that was issued by a clock that was ahead, until its time comes', async () => {
  const accessToken = await signToken(test);
  test.clock.now -= 31;
  expect(await read(accessToken)).toEqual(UNKNOWN);
  test.clock.now += 1;
  expect((await read(accessToken)).ok).toBe(true);
});

describe('what is no access token of this issuer', () => {
  it.each<[string, Claims, Claims]>([
    ['another type', {}, { typ: 'JWT' }],
    ['no type', {}, { typ: undefined }],
    ['another algorithm', {}, { alg: 'HS256' }],
    ['no algorithm', {}, { alg: 'none' }],
    ['another key id', {}, { kid: 'another' }],
    ['no key id', {}, { kid: undefined }],
    ['a critical header', {}, { crit: ['exp'] }],
    ['an unencoded payload', {}, { b64: false, crit: ['b64'] }],
    ['another issuer', { iss: `${ISSUER}/t/b` }, {}],
    ['another tenant', { tenant_id: 'b' }, {}],
    ['no tenant', { tenant_id: undefined }, {}],
    ['no subject', { sub: undefined }, {}],
    ['two audiences', { aud: [FILES, MAIL] }, {}],
    ['no client', { client_id: undefined }, {}],
    ['no grant', { grant_id: undefined }, {}],
    ['no id', { jti: undefined }, {}],
    ['scopes as a list', { scope: ['files:read'] }, {}],
    ['no expiry', { exp: undefined }, {}],
    ['an expiry in words', { exp: 'never' }, {}],
    ['a sign-in in words', { auth_time: 'yesterday' }, {}],
    ['no time of issue', { iat: undefined }, {}],
    ['a confirmation without a key', { cnf: {} }, {}],
    ['a confirmation that is none', { cnf: 'jkt' }, {}],
    ['a confirmation by no thumbprint', { cnf: { jkt: 'short' } }, {}],
    ['a confirmation by a certificate', { cnf: { 'x5t#S256': THUMBPRINT } }, {}],
    ['a confirmation by a certificate as well', { cnf: { jkt: THUMBPRINT, 'x5t#S256': THUMBPRINT } }, {}],
    ['an actor without a name', { act: {} }, {}],
    ['actors as a list', { act: [{ sub: 'client:front' }] }, {}],
    ['a nameless actor behind another', { act: { sub: 'client:front', act: {} } }, {}],
  ])('%s', async (_title, claims, header) => {
    expect(await read(await signToken(test, claims, header))).toEqual(UNKNOWN);
  });

  it.each(['', 'garbage', 'a.b.c', '..', 'e30.e30.', 'pcr_x', `${'x'.repeat(9000)}.y.z`])('%j', async (text) => {
    expect(await read(text)).toEqual(UNKNOWN);
  });

  it('a signature of another key under the id of ours', async () => {
    const { privateKey } = await generateKeyPair('ES256');
    const genuine = await signToken(test);
    const kid = (await keys())[0]?.keyId ?? '';
    const forged = await new SignJWT(claimsOf(genuine) as never)
      .setProtectedHeader({ alg: 'ES256', typ: 'at+jwt', kid })
      .sign(privateKey);
    expect(await read(forged)).toEqual(UNKNOWN);
  });

  it('a payload that was changed afterwards', async () => {
    const [header, , signature] = (await signToken(test)).split('.');
    const payload = (await signToken(test, { sub: 'subject-of-bob' })).split('.')[1];
    expect(await read([header, payload, signature].join('.'))).toEqual(UNKNOWN);
  });
});

describe('its keys', () => {
  it('are held for five seconds', async () => {
    const accessToken = await signToken(test);
    await read(accessToken);
    test.clock.now += 4;
    await read(accessToken);
    expect(loads).toBe(1);
    test.clock.now += 1;
    await read(accessToken);
    expect(loads).toBe(2);
  });

  it('are looked for at once where a token names one that is not held', async () => {
    const stored = keys;
    keys = async () => [];
    const accessToken = await signToken(test);
    expect(await read(accessToken)).toEqual(UNKNOWN);
    keys = stored;
    expect((await read(accessToken)).ok).toBe(true);
  });

  it('are no longer good once they left the store', async () => {
    const accessToken = await signToken(test);
    expect((await read(accessToken)).ok).toBe(true);
    keys = async () => [];
    test.clock.now += 5;
    expect(await read(accessToken)).toEqual(UNKNOWN);
  });

  it('that cannot be read are a failure, not a verdict', async () => {
    keys = async () => {
      throw new Error('The store is gone');
    };
    await expect(signToken(test).then(read)).rejects.toThrow('The store is gone');
  });
});
