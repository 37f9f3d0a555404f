import { padRsaKey, weakenRsaKey } from '@portcullis/ports/testing';
import type { JsonObject, JsonValue } from '@portcullis/protocol';
import { compactVerify } from 'jose';
import { beforeAll, describe, expect, it } from 'vitest';
import { createIssuerKey, type IssuerKey } from '../testing/issuer-server.js';
import { importKeySet } from './json-web-keys.js';

const issuer = 'https://as.test';
const ALL = ['RS256', 'PS256', 'RS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
let ec: IssuerKey;
let rsa: IssuerKey;

async function algorithmsOf(set: JsonValue, algorithms = ALL): Promise<readonly string[] | undefined> {
  const keys = await importKeySet(set, issuer, { algorithms });
  return keys?.map(({ keyId, algorithm }) => `${keyId} ${algorithm}`);
}

const setOf = (...keys: object[]): JsonValue => ({ keys: keys as JsonObject[] });

beforeAll(async () => {
  [ec, rsa] = await Promise.all([createIssuerKey('ec'), createIssuerKey('rsa', 'RS256')]);
});

describe('importKeySet (RFC 7517 §5)', () => {
  it.each([
    ['ES256', ['ES256']],
    ['ES384', ['ES384']],
    ['ES512', ['ES512']],
    ['EdDSA', ['EdDSA', 'Ed25519']],
    ['RS256', ['RS256', 'PS256', 'RS512']],
  ])('RS-01 gives a key of %s that names no algorithm those of its type', async (alg, expected) => {
    const { jwk } = await createIssuerKey('k', alg);
    expect(await algorithmsOf(setOf(jwk))).toEqual(expect.arrayContaining(expected.map((name) => `k ${name}`)));
    expect(await algorithmsOf(setOf(jwk))).toHaveLength(expected.length);
    expect(await algorithmsOf(setOf(jwk), ['HS256', 'none'])).toEqual([]);
  });

  it('RS-01 narrows by the alg of the key, which cannot make another type of it', async () => {
    expect(await algorithmsOf(setOf({ ...rsa.jwk, alg: 'PS256' }))).toEqual(['rsa PS256']);
    for (const alg of ['HS256', 'none', 'RS256', 'ES384', '', 7]) {
      expect(await algorithmsOf(setOf({ ...ec.jwk, alg }))).toEqual([]);
    }
  });

  it('RS-09 leaves out keys that are symmetric, private, for encryption, or that nobody could name or trust', async () => {
    const out = [
      { kty: 'oct', k: 'AAAA', kid: 'ec' },
      { ...ec.jwk, k: 'AAAA' },
      ec.privateJwk,
      rsa.privateJwk,
      { ...ec.jwk, use: 'enc' },
      { ...ec.jwk, key_ops: ['encrypt'] },
      { ...ec.jwk, kid: undefined },
      { ...ec.jwk, kid: '' },
      { ...ec.jwk, kid: 'k'.repeat(300) },
      { ...ec.jwk, x: 'AAAA' },
      { ...ec.jwk, y: ec.jwk.x },
      { ...ec.jwk, crv: 'secp256k1' },
      { ...rsa.jwk, n: rsa.jwk.n?.slice(0, 171) },
      { ...rsa.jwk, e: 'AQABAQAB' },
      ...weakenRsaKey(rsa.jwk).map(([, jwk]) => jwk),
      { ...ec.jwk, x: `A${ec.jwk.x}` },
      { kty: 'EC' },
      7,
      null,
    ];
    expect(await algorithmsOf({ keys: [...out, ec.jwk] as JsonValue[] })).toEqual(['ec ES256']);
  });

  it('RS-09 takes an RSA key with leading zeros, as some issuers publish theirs, for the one without', async () => {
    const rules = { algorithms: ['RS256'] };
    const before = (await importKeySet(setOf(rsa.jwk), issuer, rules)) ?? [];
    const after = (await importKeySet(setOf(padRsaKey(rsa.jwk)), issuer, rules, before)) ?? [];
    expect(after).toHaveLength(1);
    expect(after[0]).toBe(before[0]);

    const [key] = (await importKeySet(setOf(padRsaKey(rsa.jwk)), issuer, rules)) ?? [];
    const token = await rsa.sign({ iss: issuer });
    await expect(compactVerify(token, key?.publicKey as CryptoKey)).resolves.toBeDefined();
  });

  it('RS-09 tells a set without keys from what is no set', async () => {
    expect(await algorithmsOf({ keys: [] })).toEqual([]);
    for (const none of [{}, [], null, 7, { keys: {} }, { keys: 'x' }] as JsonValue[]) {
      expect(await algorithmsOf(none)).toBeUndefined();
    }
  });

  it('TN-03 asks the rules whether a key is of this issuer, and takes their failing for no', async () => {
    const accepting = (acceptsKey: (jwk: JsonObject, of: string) => boolean) =>
      importKeySet(setOf({ ...ec.jwk, issuer }, { ...rsa.jwk, issuer: 'https://b.test' }), issuer, {
        algorithms: ['ES256', 'RS256'],
        acceptsKey,
      });
    expect(await accepting((jwk, of) => jwk['issuer'] === of)).toMatchObject([{ keyId: 'ec' }]);
    expect(
      await accepting(() => {
        throw new Error('cannot cope');
      }),
    ).toEqual([]);
  });

  it('takes a key again that it knows, and another one of the same id for another', async () => {
    const rules = { algorithms: ['ES256'] };
    const before = (await importKeySet(setOf(ec.jwk), issuer, rules)) ?? [];
    const other = { ...(await createIssuerKey('ec')).jwk };
    const after = (await importKeySet(setOf(other, ec.jwk), issuer, rules, before)) ?? [];
    expect(after[1]).toBe(before[0]);
    expect(after[0]?.fingerprint).not.toBe(before[0]?.fingerprint);
  });
});
