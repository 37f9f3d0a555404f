import { constants, createPublicKey, type KeyObject, type VerifyKeyObjectInput, verify } from 'node:crypto';
import type { JsonObject } from '@portcullis/protocol';

interface SignatureForm {
  readonly keyType: string;
  /** Undefined where the key says it by itself (EdDSA). */
  readonly hash: string | undefined;
  readonly options: Omit<VerifyKeyObjectInput, 'key'>;
  readonly curve?: string;
}

const rsa = (bits: number): SignatureForm => ({
  keyType: 'rsa',
  hash: `sha${bits}`,
  options: { padding: constants.RSA_PKCS1_PADDING },
});
const pss = (bits: number): SignatureForm => ({
  keyType: 'rsa',
  hash: `sha${bits}`,
  options: { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 },
});
const ec = (bits: number, curve: string): SignatureForm => ({
  keyType: 'ec',
  hash: `sha${bits}`,
  options: { dsaEncoding: 'ieee-p1363' },
  curve,
});
const edwards: SignatureForm = { keyType: 'ed25519', hash: undefined, options: {} };

/** The asymmetric signature algorithms of JWS (RFC 7518 §3.1, RFC 8037 §3.1). */
const FORMS: Readonly<Record<string, SignatureForm>> = {
  RS256: rsa(256),
  RS384: rsa(384),
  RS512: rsa(512),
  PS256: pss(256),
  PS384: pss(384),
  PS512: pss(512),
  ES256: ec(256, 'prime256v1'),
  ES384: ec(384, 'secp384r1'),
  ES512: ec(512, 'secp521r1'),
  EdDSA: edwards,
  Ed25519: edwards,
};

/** Whether an algorithm is one that public keys verify. `none` and the symmetric ones are not. */
export function isAsymmetricAlgorithm(algorithm: string): boolean {
  return Object.hasOwn(FORMS, algorithm);
}

/**
 * Whether `signature` is one over `signed` by the public half of `jwk`. False for a key of another type or curve than the
 * algorithm's, and for one that cannot be read: it never throws.
 */
export function verifySignature(algorithm: string, jwk: JsonObject, signed: string, signature: Uint8Array): boolean {
  const form = isAsymmetricAlgorithm(algorithm) ? FORMS[algorithm] : undefined;
  if (form === undefined) return false;
  try {
    const key: KeyObject = createPublicKey({ key: { ...jwk }, format: 'jwk' });
    if (key.asymmetricKeyType !== form.keyType) return false;
    if (form.curve !== undefined && key.asymmetricKeyDetails?.namedCurve !== form.curve) return false;
    return verify(form.hash, Buffer.from(signed), { key, ...form.options }, signature);
  } catch {
    return false;
  }
}
