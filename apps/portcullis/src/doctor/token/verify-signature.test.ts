import { constants, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { isAsymmetricAlgorithm, verifySignature } from './verify-signature.js';

const SIGNED = 'eyJhbGciOiJ4In0.e30';
const RSA = generateKeyPairSync('rsa', { modulusLength: 2048 });
const EDWARDS = generateKeyPairSync('ed25519');
const [P256, P384, P521] = ['P-256', 'P-384', 'P-521'].map((namedCurve) => generateKeyPairSync('ec', { namedCurve }));

type Pair = { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
type Case = readonly [algorithm: string, pair: Pair, hash: string | undefined, options: object];

const pss = (saltLength: number) => ({ padding: constants.RSA_PKCS1_PSS_PADDING, saltLength });
const flat = { dsaEncoding: 'ieee-p1363' };
const CASES: readonly Case[] = [
  ['RS256', RSA, 'sha256', {}],
  ['RS384', RSA, 'sha384', {}],
  ['RS512', RSA, 'sha512', {}],
  ['PS256', RSA, 'sha256', pss(32)],
  ['PS384', RSA, 'sha384', pss(48)],
  ['PS512', RSA, 'sha512', pss(64)],
  ['ES256', P256 as Pair, 'sha256', flat],
  ['ES384', P384 as Pair, 'sha384', flat],
  ['ES512', P521 as Pair, 'sha512', flat],
  ['EdDSA', EDWARDS, undefined, {}],
  ['Ed25519', EDWARDS, undefined, {}],
];

const jwkOf = ({ publicKey }: Pair) => publicKey.export({ format: 'jwk' }) as Record<string, string>;

describe('verifySignature', () => {
  it.each(CASES)('knows a good signature by %s, and no other algorithm takes it', (algorithm, pair, hash, options) => {
    const signature = sign(hash, Buffer.from(SIGNED), { key: pair.privateKey, ...options });
    const taking = CASES.filter(([other]) => verifySignature(other, jwkOf(pair), SIGNED, signature)).map(
      ([name]) => name,
    );
    expect(taking).toEqual(pair === EDWARDS ? ['EdDSA', 'Ed25519'] : [algorithm]);
    expect(verifySignature(algorithm, jwkOf(pair), `${SIGNED}x`, signature)).toBe(false);
  });

  it('RS-01 takes no key of another kind, and no algorithm that is none', () => {
    const signature = sign('sha256', Buffer.from(SIGNED), RSA.privateKey);
    for (const pair of [P256 as Pair, EDWARDS])
      expect(verifySignature('RS256', jwkOf(pair), SIGNED, signature)).toBe(false);
    for (const algorithm of ['none', 'HS256', '', 'toString', '__proto__']) {
      expect(isAsymmetricAlgorithm(algorithm)).toBe(false);
      expect(verifySignature(algorithm, jwkOf(RSA), SIGNED, signature)).toBe(false);
    }
  });

  it('RS-09 says no to a key that cannot be read', () => {
    for (const jwk of [{}, { kty: 'RSA', n: '!', e: 'AQAB' }, { kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA' }]) {
      expect(verifySignature('RS256', jwk, SIGNED, Buffer.alloc(256))).toBe(false);
    }
  });
});
