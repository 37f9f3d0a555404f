import { describe, expect, it } from 'vitest';
import type { SigningAlgorithm } from '../key-service.js';
import { importNodeSigner } from './node-signer.js';

const ALGORITHMS = {
  ES256: [
    { name: 'ECDSA', namedCurve: 'P-256' },
    { name: 'ECDSA', hash: 'SHA-256' },
  ],
  RS256: [
    {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: 2048,
      publicExponent: new Uint8Array([1, 0, 1]),
    },
    { name: 'RSASSA-PKCS1-v1_5' },
  ],
} as const;

describe.each(['ES256', 'RS256'] satisfies SigningAlgorithm[])('importNodeSigner: %s', (algorithm) => {
  it('signs in the form that JWS has, as WebCrypto verifies it', async () => {
    const [generation, verification] = ALGORITHMS[algorithm];
    const pair = await crypto.subtle.generateKey(generation, true, ['sign', 'verify']);
    const signer = await importNodeSigner(await crypto.subtle.exportKey('jwk', pair.privateKey), algorithm);
    const data = new TextEncoder().encode('header.claims');
    const signature = new Uint8Array(await signer.sign(data));
    expect(signature).toHaveLength(algorithm === 'ES256' ? 64 : 256);
    expect(await crypto.subtle.verify(verification, pair.publicKey, signature, data)).toBe(true);
    const other = new TextEncoder().encode('header.other');
    expect(await crypto.subtle.verify(verification, pair.publicKey, signature, other)).toBe(false);
  });

  it('refuses what is no private key of a JWK', async () => {
    await expect(importNodeSigner({ kty: 'EC' }, algorithm)).rejects.toThrow();
  });
});
