import { randomBytes } from 'node:crypto';
import {
  base64url,
  CompactSign,
  EncryptJWT,
  exportJWK,
  exportSPKI,
  generateKeyPair,
  type JWTHeaderParameters,
  SignJWT,
} from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createJwtVerifier } from './jwt-verifier.js';
import { createVerificationKeys } from './verification-keys.js';

const NOW = 1_800_000_000;
const resource = 'https://gw.test/a/files/mcp';
const issuer = 'https://as.test/a';
const clock = { nowEpochSeconds: () => NOW };

let pair: CryptoKeyPair;
let other: CryptoKeyPair;
let rsa: CryptoKeyPair;
let verify: ReturnType<typeof createJwtVerifier>;

const goodClaims = {
  iss: issuer,
  sub: 'usr_alice',
  aud: resource,
  client_id: 'pub',
  jti: 'j1',
  iat: NOW,
  exp: NOW + 600,
  scope: 'files:read files:write',
  tenant_id: 'a',
  grant_id: 'g1',
};
const goodHeader: JWTHeaderParameters = { alg: 'ES256', kid: 'k1', typ: 'at+jwt' };

/** Signs whatever it is given, claims that no library would accept included. */
async function sign(claims: unknown, header: object = goodHeader, key?: CryptoKey): Promise<string> {
  const text = typeof claims === 'string' ? claims : JSON.stringify(claims);
  return new CompactSign(new TextEncoder().encode(text))
    .setProtectedHeader(header as JWTHeaderParameters)
    .sign(key ?? pair.privateKey);
}

async function reason(token: string | Promise<string>): Promise<string> {
  const verification = await verify(await token);
  return verification.ok ? 'accepted' : verification.failure.reason;
}

beforeAll(async () => {
  pair = (await generateKeyPair('ES256', { extractable: true })) as CryptoKeyPair;
  other = (await generateKeyPair('ES256')) as CryptoKeyPair;
  rsa = (await generateKeyPair('RS256')) as CryptoKeyPair;
  const keys = createVerificationKeys({
    clock,
    load: async () => [{ keyId: 'k1', algorithm: 'ES256', publicKey: pair.publicKey }],
  });
  verify = createJwtVerifier({ tenantId: 'a', issuer, resource, keys, clock });
});

describe('createJwtVerifier (RFC 9068 §4)', () => {
  it('accepts its own and tells who it is', async () => {
    const verification = await verify(await sign(goodClaims));
    expect(verification).toEqual({
      ok: true,
      value: {
        tenantId: 'a',
        issuer,
        resource,
        subject: 'usr_alice',
        clientId: 'pub',
        scopes: ['files:read', 'files:write'],
        accessTokenId: 'j1',
        grantId: 'g1',
        keyId: 'k1',
        permissions: [],
        groups: undefined,
        recipientProof: 'audience',
        claims: goodClaims,
        issuedAtEpochSeconds: NOW,
        expiresAtEpochSeconds: NOW + 600,
      },
    });
  });

  it('cannot be built without a resource or an issuer', () => {
    const keys = createVerificationKeys({ clock, load: async () => [] });
    expect(() => createJwtVerifier({ tenantId: 'a', issuer, resource: '', keys, clock })).toThrow(TypeError);
    expect(() => createJwtVerifier({ tenantId: 'a', issuer: '', resource, keys, clock })).toThrow(TypeError);
  });

  it.each(['none', 'NoNe', '', 'HS256', 'RS256'])('RS-01 refuses the header algorithm "%s"', async (alg) => {
    const encode = (value: object): string => base64url.encode(JSON.stringify(value));
    const token = `${encode({ ...goodHeader, alg })}.${encode(goodClaims)}.`;
    expect(await reason(token)).toBe('algorithm_not_allowed');
    expect(await reason(`${token}AAAA`)).toBe('algorithm_not_allowed');
  });

  it('RS-01 refuses HMAC keyed with the public key in any spelling', async () => {
    const jwk = await exportJWK(pair.publicKey);
    for (const secret of [await exportSPKI(pair.publicKey), JSON.stringify(jwk), jwk.x ?? '']) {
      const bytes = new TextEncoder().encode(secret.padEnd(32, ' '));
      const token = await new SignJWT(goodClaims).setProtectedHeader({ ...goodHeader, alg: 'HS256' }).sign(bytes);
      expect(await reason(token)).toBe('algorithm_not_allowed');
    }
  });

  it('RS-01 refuses another key, another key type, an empty signature and any other number of parts', async () => {
    const token = await sign(goodClaims);
    const [header = '', payload = '', signature = ''] = token.split('.');
    expect(await reason(sign(goodClaims, goodHeader, other.privateKey))).toBe('bad_signature');
    expect(await reason(sign(goodClaims, { ...goodHeader, alg: 'RS256' }, rsa.privateKey))).toBe(
      'algorithm_not_allowed',
    );
    expect(await reason(`${header}.${payload}.`)).toBe('bad_signature');
    for (const malformed of ['', 'a', 'a.b', `${token}.x`, `${token}.x.y`, `${header}..${signature}x`, '..']) {
      expect(['malformed', 'bad_signature', 'wrong_type']).toContain(await reason(malformed));
    }
  });

  it('RS-01 verifies by the algorithm of the key, among those that are allowed, and never by the header alone', async () => {
    const keys = createVerificationKeys({
      clock,
      load: async () => [
        { keyId: 'ec', algorithm: 'ES256', publicKey: pair.publicKey },
        { keyId: 'rsa', algorithm: 'RS256', publicKey: rsa.publicKey },
      ],
    });
    const options = { tenantId: 'a', issuer, resource, keys, clock };
    const both = createJwtVerifier({ ...options, algorithms: ['ES256', 'RS256'] });
    const told = async (header: object, key: CryptoKey, by = both): Promise<string> => {
      const verification = await by(await sign(goodClaims, { ...goodHeader, ...header }, key));
      return verification.ok ? 'accepted' : verification.failure.reason;
    };
    expect(await told({ alg: 'ES256', kid: 'ec' }, pair.privateKey)).toBe('accepted');
    expect(await told({ alg: 'RS256', kid: 'rsa' }, rsa.privateKey)).toBe('accepted');
    expect(await told({ alg: 'RS256', kid: 'ec' }, rsa.privateKey)).toBe('unknown_key');
    expect(await told({ alg: 'ES256', kid: 'rsa' }, pair.privateKey)).toBe('unknown_key');
    expect(await told({ alg: 'RS256', kid: 'rsa' }, rsa.privateKey, createJwtVerifier(options))).toBe(
      'algorithm_not_allowed',
    );
    const careless = { find: async () => ({ keyId: 'rsa', algorithm: 'RS256', publicKey: rsa.publicKey }) };
    const misled = createJwtVerifier({ ...options, keys: careless, algorithms: ['ES256', 'RS256'] });
    expect(await told({ alg: 'ES256', kid: 'rsa' }, pair.privateKey, misled)).toBe('unknown_key');
  });

  it('RS-02 looks at no key the header brings, and refuses crit and b64', async () => {
    const jwk = await exportJWK(other.publicKey);
    for (const extra of [{ jku: 'https://evil.test/k' }, { x5u: 'https://evil.test/c' }, { jwk }, { x5c: ['AAAA'] }]) {
      expect(await reason(sign(goodClaims, { ...goodHeader, ...extra }, other.privateKey))).toBe('bad_signature');
    }
    const rest = (await sign(goodClaims)).split('.').slice(1).join('.');
    for (const extra of [{ crit: ['exp'], exp: 1 }, { crit: ['x'] }, { b64: false }, { b64: true }]) {
      const header = base64url.encode(JSON.stringify({ ...goodHeader, ...extra }));
      expect(await reason(`${header}.${rest}`)).toBe('critical_header');
    }
  });

  it.each([['../../dev/null'], ["' OR 1=1"], ['k'.repeat(300)], [7], [{ a: 1 }], [undefined]])(
    'RS-02 refuses a key id that names no key (%#)',
    async (kid) => {
      expect(await reason(sign(goodClaims, { ...goodHeader, kid }))).toBe('unknown_key');
    },
  );

  it.each([['JWT'], [undefined], ['dpop+jwt'], ['oauth-id-jag+jwt'], ['logout+jwt'], ['token-introspection+jwt'], [7]])(
    'RS-03 refuses the type %j',
    async (typ) => {
      expect(await reason(sign(goodClaims, { ...goodHeader, typ }))).toBe('wrong_type');
    },
  );

  it.each(['at+jwt', 'AT+JWT', 'application/at+jwt', 'Application/AT+jwt'])(
    'RS-03 accepts the type %s',
    async (typ) => {
      expect(await reason(sign(goodClaims, { ...goodHeader, typ }))).toBe('accepted');
    },
  );

  it.each([
    ['accepted', { exp: NOW - 29 }],
    ['expired', { exp: NOW - 31 }],
    ['claim_malformed', { exp: undefined }],
    ['claim_malformed', { exp: String(NOW + 600) }],
    ['claim_malformed', { exp: -1 }],
    ['claim_malformed', { exp: NOW + 0.5 }],
    ['not_yet_valid', { nbf: NOW + 31 }],
    ['claim_malformed', { nbf: 'x' }],
    ['not_yet_valid', { iat: NOW + 31 }],
    ['claim_malformed', { iat: undefined }],
    ['claim_missing', { sub: undefined }],
    ['claim_missing', { sub: '' }],
    ['claim_missing', { client_id: undefined }],
    ['claim_missing', { jti: 7 }],
  ])('RS-04 answers %s to %j', async (expected, change) => {
    expect(await reason(sign({ ...goodClaims, ...change }))).toBe(expected);
  });

  it('RS-04 refuses an infinite exp, and claims that are no object', async () => {
    expect(await reason(sign(JSON.stringify(goodClaims).replace(`"exp":${NOW + 600}`, '"exp":1e400')))).toBe(
      'claim_malformed',
    );
    for (const claims of ['[]', 'null', '7', 'x', '"s"']) expect(await reason(sign(claims))).toBe('malformed');
  });

  it.each([
    ['https://gw.test'],
    [`${resource}/`],
    [`${resource}2`],
    ['https://gw.test/a/files'],
    [resource.replace('https', 'http')],
    ['https://gw.test:443/a/files/mcp'],
    ['https://gw.test:8443/a/files/mcp'],
    ['https://GW.test/a/files/mcp'],
    ['https://gw.test/a/mail/mcp'],
    [[resource, 7]],
    [[]],
    [{ resource }],
    [undefined],
  ])('RS-05 refuses the audience %j', async (aud) => {
    expect(await reason(sign({ ...goodClaims, aud }))).toBe('wrong_audience');
  });

  it('RS-05 accepts an array of strings that names it', async () => {
    expect(await reason(sign({ ...goodClaims, aud: ['https://other.test', resource] }))).toBe('accepted');
  });

  it.each([[`${issuer}/`], ['https://as.test/A'], ['https://as.test/b'], ['https://аs.test/a'], [undefined]])(
    'RS-06 refuses the issuer %j, signed with the right key',
    async (iss) => {
      expect(await reason(sign({ ...goodClaims, iss }))).toBe('wrong_issuer');
    },
  );

  it.each([['b'], [undefined], ['A']])('TN-01 refuses the tenant %j', async (tenant) => {
    expect(await reason(sign({ ...goodClaims, tenant_id: tenant }))).toBe('wrong_tenant');
  });

  it('RS-07 refuses what is long or encrypted without looking inside', async () => {
    expect(await reason(`${'a'.repeat(100_000)}.b.c`)).toBe('too_long');
    const encrypted = await new EncryptJWT(goodClaims)
      .setProtectedHeader({ alg: 'dir', enc: 'A256GCM' })
      .encrypt(randomBytes(32));
    expect(await reason(encrypted)).toBe('malformed');
  });

  it.each([
    ['files:readwrite', ['files:readwrite']],
    ['', []],
    [['files:read'], []],
    ['files:read\u00a0files:write', ['files:read\u00a0files:write']],
    [undefined, []],
  ])('RS-12 reads the scope claim %j as %j', async (scope, scopes) => {
    const verification = await verify(await sign({ ...goodClaims, scope }));
    expect(verification.ok && verification.value.scopes).toEqual(scopes);
  });
});
