import type { JsonObject } from '@portcullis/protocol';
import { isObject } from './fetch-document.js';

/** Members that hold a secret: of private keys (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2) and of symmetric ones (§6.4). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** A key as it was published, as far as it is read. */
export interface PublishedKey {
  readonly keyId: string | undefined;
  /** `kty`, with the curve or the size of it in words: `EC P-256`, `RSA 2048`. */
  readonly kind: string;
  /** `alg`, where the key says it. */
  readonly algorithm: string | undefined;
  readonly use: string | undefined;
  /** Whether it may verify a signature: asymmetric, and not for encryption. */
  readonly canVerify: boolean;
  /** Whether it shows what only the provider may know. */
  readonly isSecret: boolean;
}

/** The keys of a JWK Set (RFC 7517 §5); undefined for what is none. */
export function readKeys(document: JsonObject): readonly PublishedKey[] | undefined {
  const { keys } = document;
  return Array.isArray(keys) ? keys.filter(isObject).map(readKey) : undefined;
}

function readKey(jwk: JsonObject): PublishedKey {
  const { kid, kty, alg, use } = jwk;
  const isSecret = kty === 'oct' || SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member));
  const isAsymmetric = kty === 'RSA' || kty === 'EC' || kty === 'OKP';
  return {
    keyId: typeof kid === 'string' ? kid : undefined,
    kind: kindOf(jwk),
    algorithm: typeof alg === 'string' ? alg : undefined,
    use: typeof use === 'string' ? use : undefined,
    canVerify: isAsymmetric && (use === undefined || use === 'sig') && !isEncryption(alg),
    isSecret,
  };
}

function kindOf({ kty, crv, n }: JsonObject): string {
  if (kty === 'RSA' && typeof n === 'string') return `RSA ${Buffer.from(n, 'base64url').length * 8}`;
  const type = typeof kty === 'string' ? kty : 'unknown';
  return typeof crv === 'string' ? `${type} ${crv}` : type;
}

function isEncryption(alg: unknown): boolean {
  return typeof alg === 'string' && /^(?:RSA|ECDH|A\d|dir|PBES2)/.test(alg);
}
