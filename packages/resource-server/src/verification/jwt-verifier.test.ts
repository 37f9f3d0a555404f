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
import type { Verification } from '../access-token-verifier.js';
import { createVerificationKeys } from '../keys/verification-keys.js';
import { createJwtVerifier, type JwtVerifierOptions } from './jwt-verifier.js';
import { createOwnTokenRules } from './own-token-rules.js';

const NOW = 1_800_000_000;
const resource = 'https://gw.test/a/files/mcp';
const issuer = 'https://as.test/a';
const clock = { nowEpochSeconds: () => NOW };

let pair: CryptoKeyPair;
let other: CryptoKeyPair;
let rsa: CryptoKeyPair;
let verify: (token: string) => Promise<Verification>;

const rules = createOwnTokenRules('a', ['ES256']);
const bothAlgorithms = createOwnTokenRules('a', ['ES256', 'RS256']);

function verifierOf(options: JwtVerifierOptions): typeof verify {
  const verifier = createJwtVerifier(options);
  return async (token) => (await verifier.verify(token)).verification;
}

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
  verify = verifierOf({ issuer, resource, rules, keys, clock });
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
    expect(() => createJwtVerifier({ issuer, resource: '', rules, keys, clock })).toThrow(TypeError);
    expect(() => createJwtVerifier({ issuer: '', resource, rules, keys, clock })).toThrow(TypeError);
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
      expect(['malformed', 'encrypted']).toContain(await reason(malformed));
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
    const options = { issuer, resource, rules, keys, clock };
    const both = verifierOf({ ...options, rules: bothAlgorithms });
    const told = async (header: object, key: CryptoKey, by = both): Promise<string> => {
      const verification = await by(await sign(goodClaims, { ...goodHeader, ...header }, key));
      return verification.ok ? 'accepted' : verification.failure.reason;
    };
    expect(await told({ alg: 'ES256', kid: 'ec' }, pair.privateKey)).toBe('accepted');
    expect(await told({ alg: 'RS256', kid: 'rsa' }, rsa.privateKey)).toBe('accepted');
    expect(await told({ alg: 'RS256', kid: 'ec' }, rsa.privateKey)).toBe('unknown_key');
    expect(await told({ alg: 'ES256', kid: 'rsa' }, pair.privateKey)).toBe('unknown_key');
    expect(await told({ alg: 'RS256', kid: 'rsa' }, rsa.privateKey, verifierOf(options))).toBe('algorithm_not_allowed');
    const careless = { ...keys, find: async () => [{ keyId: 'rsa', algorithm: 'RS256', publicKey: rsa.publicKey }] };
    const misled = verifierOf({ ...options, keys: careless, rules: bothAlgorithms });
    expect(await told({ alg: 'ES256', kid: 'rsa' }, pair.privateKey, misled)).toBe('unknown_key');
  });

  it('RS-02 looks at no key the header brings, and refuses crit and b64', async () => {
    const jwk = await exportJWK(other.publicKey);
    for (const extra of [{ jku: 'https://evil.test/k' }, { x5u: 'https://evil.test/c' }, { jwk }, { x5c: ['AAAA'] }]) {
      for (const key of [other.privateKey, pair.privateKey]) {
        expect(await reason(sign(goodClaims, { ...goodHeader, ...extra }, key))).toBe('key_in_header');
      }
    }
    const rest = (await sign(goodClaims)).split('.').slice(1).join('.');
    for (const extra of [{ crit: ['exp'], exp: 1 }, { crit: ['x'] }, { b64: false }, { b64: true }]) {
      const header = base64url.encode(JSON.stringify({ ...goodHeader, ...extra }));
      expect(await reason(`${header}.${rest}`)).toBe('critical_header');
    }
  });

  it.each([['../../dev/null'], ["' OR 1=1"], ['k'.repeat(300)], [7], [{ a: 1 }], [''], [undefined]])(
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
    const infinite = JSON.stringify(goodClaims).replace(`"exp":${NOW + 600}`, '"exp":1e400');
    expect(await reason(sign(infinite))).toBe('malformed');
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
    expect(await reason(encrypted)).toBe('encrypted');
  });

  it('RS-07 says which tokens are too long, at the very character', async () => {
    const padded = (length: number): string => `${'a'.repeat(length - 4)}.b.c`;
    expect(await reason(padded(16 * 1024))).toBe('malformed');
    expect(await reason(padded(16 * 1024 + 1))).toBe('too_long');
  });

  it('RS-01 refuses what two parsers could read differently, in the header and in the claims', async () => {
    const claims = JSON.stringify(goodClaims);
    const twice = claims.replace('{', '{"aud":"https://evil.test",');
    expect(await reason(sign(twice))).toBe('malformed');
    expect(await reason(sign(claims.replace('{', '{"__proto__":{"aud":"x"},')))).toBe('malformed');
    expect(await reason(sign(`\ufeff${claims}`))).toBe('malformed');
    const rest = (await sign(goodClaims)).split('.').slice(1).join('.');
    const header = base64url.encode('{"alg":"none","alg":"ES256","kid":"k1","typ":"at+jwt"}');
    expect(await reason(`${header}.${rest}`)).toBe('malformed');
  });

  it('RS-01 takes no other spelling of a token: padding, space, or letters of plain base64', async () => {
    const token = await sign(goodClaims);
    const [header = '', payload = '', signature = ''] = token.split('.');
    for (const spelling of [
      ` ${token}`,
      `${token}\n`,
      `${token}=`,
      `${header}=.${payload}.${signature}`,
      `${header}.${payload} .${signature}`,
      `${header}.${payload}.+${signature.slice(1)}`,
    ]) {
      expect(await reason(spelling)).toBe('malformed');
    }
  });

  it('RS-02 tries every key of one id, and takes no other id', async () => {
    const load = async () => [
      { keyId: 'k1', algorithm: 'ES256', publicKey: other.publicKey, fingerprint: 'other' },
      { keyId: 'k1', algorithm: 'ES256', publicKey: pair.publicKey, fingerprint: 'pair' },
    ];
    const keys = createVerificationKeys({ clock, load });
    const twice = verifierOf({ issuer, resource, rules, keys, clock });
    expect((await twice(await sign(goodClaims))).ok).toBe(true);
    expect((await twice(await sign(goodClaims, goodHeader, other.privateKey))).ok).toBe(true);
    const third = (await generateKeyPair('ES256')).privateKey as CryptoKey;
    expect(await twice(await sign(goodClaims, goodHeader, third))).toMatchObject({
      failure: { reason: 'bad_signature' },
    });
    expect(await twice(await sign(goodClaims, { ...goodHeader, kid: 'k2' }))).toMatchObject({
      failure: { reason: 'unknown_key' },
    });
  });

  it('RS-05 checks the recipient last of all, and always: by the rules, whose mistakes are refusals', async () => {
    const keys = createVerificationKeys({
      clock,
      load: async () => [{ keyId: 'k1', algorithm: 'ES256', publicKey: pair.publicKey }],
    });
    const seen: unknown[] = [];
    const broken = verifierOf({
      ...{ issuer, resource, keys, clock },
      rules: {
        ...rules,
        readClaims: (claims, context) => {
          seen.push([claims['aud'], context.header?.keyId]);
          throw new Error('cannot cope');
        },
      },
    });
    expect(await broken(await sign({ ...goodClaims, exp: NOW - 31 }))).toMatchObject({
      failure: { reason: 'expired' },
    });
    expect(await broken(await sign(goodClaims, goodHeader, other.privateKey))).toMatchObject({ ok: false });
    expect(seen).toEqual([]);
    expect(await broken(await sign(goodClaims))).toEqual({ ok: false, failure: { reason: 'malformed' } });
    expect(seen).toEqual([[resource, 'k1']]);
  });

  it('RS-03 lets the rules refuse by the header before a key is looked for', async () => {
    const nobody = { find: () => 'unavailable' as const, stillHas: () => false, prepare: async () => false };
    const strict = (checkHeader: typeof rules.checkHeader) =>
      verifierOf({ issuer, resource, clock, keys: nobody, rules: { ...rules, ...(checkHeader && { checkHeader }) } });
    const token = await sign(goodClaims, { ...goodHeader, nonce: 'n' });
    const byNonce = strict(({ members }) => ('nonce' in members ? { reason: 'wrong_type' } : undefined));
    expect(await byNonce(token)).toMatchObject({ failure: { reason: 'wrong_type' } });
    const broken = strict(() => {
      throw new Error('cannot cope');
    });
    expect(await broken(token)).toMatchObject({ failure: { reason: 'malformed' } });
    expect(await strict(undefined)(token)).toMatchObject({ failure: { reason: 'keys_unavailable' } });
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
