import { CompactSign, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { isSignedBy } from './signature.js';

type Jwk = JWK & { readonly kty: string };

interface Pair {
  readonly publicJwk: Jwk;
  readonly privateJwk: Jwk;
}

async function pairOf(alg: string): Promise<Pair> {
  const pair = await generateKeyPair(alg, { extractable: true });
  return {
    publicJwk: (await exportJWK(pair.publicKey)) as Jwk,
    privateJwk: (await exportJWK(pair.privateKey)) as Jwk,
  };
}

const rsa = pairOf('RS256');
const ed = pairOf('EdDSA');
const PAIRS: readonly (readonly [algorithm: string, pair: Promise<Pair>])[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'].map((alg) => [alg, rsa] as const),
  ...['ES256', 'ES384', 'ES512'].map((alg) => [alg, pairOf(alg)] as const),
  ...['EdDSA', 'Ed25519'].map((alg) => [alg, ed] as const),
];

/** What `jose` signs, and the key to it. */
async function signed(alg: string, pair: Promise<Pair>) {
  const { publicJwk, privateJwk } = await pair;
  const token = await new CompactSign(new TextEncoder().encode('{}'))
    .setProtectedHeader({ alg })
    .sign(await importJWK(privateJwk, alg));
  const signature = new Uint8Array(Buffer.from(token.split('.')[2] ?? '', 'base64url'));
  return {
    token,
    signature,
    key: { keyId: 'k', algorithm: alg, publicKey: (await importJWK(publicJwk, alg)) as CryptoKey },
  };
}

describe('isSignedBy (RFC 7515 §5.2)', () => {
  it.each(PAIRS)('RS-01 takes what another library signs with %s, and nothing else', async (alg, pair) => {
    const { token, signature, key } = await signed(alg, pair);
    expect(await isSignedBy(token, signature, key)).toBe(true);
    expect(await isSignedBy(token.replace('.', '.A'), signature, key)).toBe(false);
    expect(
      await isSignedBy(
        token,
        signature.map((byte) => byte ^ 1),
        key,
      ),
    ).toBe(false);
    expect(await isSignedBy(token, new Uint8Array(), key)).toBe(false);
    expect(await isSignedBy(token, new Uint8Array(signature.length), key)).toBe(false);
  });

  it('RS-01 verifies by nothing but the algorithm of the key', async () => {
    const { token, signature, key } = await signed('RS256', rsa);
    for (const algorithm of ['PS256', 'ES256', 'EdDSA', 'HS256', 'none', '', 'constructor']) {
      expect(await isSignedBy(token, signature, { ...key, algorithm })).toBe(false);
    }
  });
});
