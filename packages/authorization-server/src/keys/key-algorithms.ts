import type { SigningAlgorithm } from '@portcullis/ports';

type KeyParameters = (EcKeyGenParams | RsaHashedKeyGenParams) & { readonly name: string };

/** What WebCrypto is told to make or import a key of an algorithm (RFC 7518 §3.3, §3.4). */
export const KEY_PARAMETERS = {
  ES256: { name: 'ECDSA', namedCurve: 'P-256' },
  RS256: {
    name: 'RSASSA-PKCS1-v1_5',
    hash: 'SHA-256',
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
  },
} as const satisfies Record<SigningAlgorithm, KeyParameters>;

/** What WebCrypto is told to sign or verify by an algorithm. */
export const SIGNATURE_PARAMETERS = {
  ES256: { name: 'ECDSA', hash: 'SHA-256' },
  RS256: { name: 'RSASSA-PKCS1-v1_5' },
} as const satisfies Record<SigningAlgorithm, AlgorithmIdentifier | EcdsaParams>;
