import type { SigningAlgorithm } from '@portcullis/ports';
import { calculateJwkThumbprint, importJWK, type JWK } from 'jose';
import { ConfigurationError } from '../configuration-error.js';

/** The members of a public key (RFC 7518 §6.2.1, §6.3.1). */
const PUBLIC_MEMBERS = {
  ES256: ['kty', 'crv', 'x', 'y'],
  RS256: ['kty', 'n', 'e'],
} as const satisfies Record<SigningAlgorithm, readonly (keyof JsonWebKey)[]>;

/** Of a key, what makes it a public one and nothing else: no private member, and none that says what it is for. */
export function keepPublicMembers(jwk: JsonWebKey, algorithm: SigningAlgorithm): JsonWebKey {
  return Object.fromEntries(PUBLIC_MEMBERS[algorithm].map((name) => [name, jwk[name]]));
}

/**
 * A public key as the JWK Set has it: `kid` is its thumbprint (RFC 7638), `use` is `sig`. Whatever else a key service hands
 * over is not published.
 */
export async function buildPublicJwk(
  made: JsonWebKey,
  algorithm: SigningAlgorithm,
): Promise<{ readonly keyId: string; readonly publicJwk: JWK }> {
  const members = keepPublicMembers(made, algorithm) as JWK;
  const keyId = await calculateJwkThumbprint(members);
  return { keyId, publicJwk: { ...members, kid: keyId, alg: algorithm, use: 'sig' } };
}

/** @throws {ConfigurationError} when the text is no public key of that algorithm */
export async function importPublicJwk(publicJwk: string, algorithm: SigningAlgorithm): Promise<CryptoKey> {
  const key = await importJWK(JSON.parse(publicJwk) as JWK, algorithm);
  if (key instanceof Uint8Array) throw new ConfigurationError('storage: a signing key is not of the expected kind');
  return key;
}
