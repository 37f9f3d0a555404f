import type { VerificationKey } from '../keys/verification-keys.js';

type VerifyParams = { readonly name: string; readonly hash?: string; readonly saltLength?: number };

/** What the platform's cryptography calls the algorithms of RFC 7518 §3.1 and RFC 8037 §3.1. None is symmetric. */
const PARAMS: ReadonlyMap<string, VerifyParams> = new Map<string, VerifyParams>([
  ['RS256', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS384', { name: 'RSASSA-PKCS1-v1_5' }],
  ['RS512', { name: 'RSASSA-PKCS1-v1_5' }],
  ['PS256', { name: 'RSA-PSS', saltLength: 32 }],
  ['PS384', { name: 'RSA-PSS', saltLength: 48 }],
  ['PS512', { name: 'RSA-PSS', saltLength: 64 }],
  ['ES256', { name: 'ECDSA', hash: 'SHA-256' }],
  ['ES384', { name: 'ECDSA', hash: 'SHA-384' }],
  ['ES512', { name: 'ECDSA', hash: 'SHA-512' }],
  ['EdDSA', { name: 'Ed25519' }],
  ['Ed25519', { name: 'Ed25519' }],
]);

const ascii = new TextEncoder();

/**
 * Whether a token (RFC 7515 §7.1) is signed by a key, with the algorithm of that key: the header has no say in it, and is
 * not read again. `signature` is the third segment, decoded; of ECDSA the two numbers (RFC 7518 §3.4).
 *
 * Never rejects: a key that the platform will not use so has signed nothing. For RSA the hash is part of the imported key.
 */
export async function isSignedBy(
  accessToken: string,
  signature: Uint8Array<ArrayBuffer>,
  { algorithm, publicKey }: VerificationKey,
): Promise<boolean> {
  const params = PARAMS.get(algorithm);
  if (params === undefined) return false;
  const signed = ascii.encode(accessToken.slice(0, accessToken.lastIndexOf('.')));
  try {
    return await crypto.subtle.verify(params, publicKey, signature, signed);
  } catch {
    return false;
  }
}
