import type { JsonObject, JsonValue } from '../json/json-value.js';
import { fail, type Result, succeed } from '../result.js';
import { isBase64UrlOf32Octets } from '../text/base64-url.js';
import { type ClientAssertionAlgorithm, isClientAssertionAlgorithm } from './client-assertion.js';
import { readRsaMembers } from './rsa-members.js';

/** Most keys of one set. A client needs two: the one it signs with and its successor. */
const MAX_KEYS = 50;

/** Above costs more to verify than a stranger should be able to ask for. */
const MAX_MODULUS_BITS = 4096;

/** Longest `kid`. */
const MAX_KEY_ID_LENGTH = 256;

/** Members that hold a secret: of private keys (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2) and of symmetric ones (§6.4). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** The members that are the key itself, and nothing that a JWK may say beside; numbers in as few octets as they take. */
export type PublicKeyMaterial =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string }
  | { readonly kty: 'RSA'; readonly n: string; readonly e: string };

/** A public key that a client may sign with. */
export interface PublicSigningKey {
  /** `kid`, where the key has one. */
  readonly keyId: string | undefined;
  /** What it may be used with: what its type allows, or the one of them that its `alg` names. */
  readonly algorithms: readonly ClientAssertionAlgorithm[];
  readonly material: PublicKeyMaterial;
}

/** Why keys are not accepted: they are no usable JWK Set, or they show a secret. */
export type PublicJwkSetFailure = 'client_keys_malformed' | 'client_keys_private';

/**
 * Parses a JWK Set that a client registers (RFC 7517 §5). One private or symmetric key in it refuses the whole: whoever
 * sends it has shown a secret and should know. Keys that cannot verify an assertion (for encryption, of another type,
 * size or curve) are left out; `client_keys_malformed` when none remains.
 *
 * Does not check that a point is on its curve: such a key verifies nothing.
 */
export function parsePublicJwkSet(value: JsonValue): Result<readonly PublicSigningKey[], PublicJwkSetFailure> {
  const jwks = readJwks(value);
  if (jwks === undefined) return fail('client_keys_malformed');
  if (jwks.some(isSecret)) return fail('client_keys_private');
  const keys = jwks.flatMap(readKey);
  return keys.length === 0 ? fail('client_keys_malformed') : succeed(keys);
}

/** Whether this is a JWK Set that holds nothing: `keys` is an empty list. What is no JWK Set is not empty either. */
export function isEmptyJwkSet(value: JsonValue | undefined): boolean {
  return value !== undefined && readJwks(value)?.length === 0;
}

/**
 * The usable keys of a set that a client serves. A key that shows a secret counts as none: it signs for everybody who
 * read it. Undefined for what is no JWK Set; a set without a usable key is a client that took its keys back.
 */
export function keepPublicSigningKeys(value: JsonValue): readonly PublicSigningKey[] | undefined {
  return readJwks(value)
    ?.filter((jwk) => !isSecret(jwk))
    .flatMap(readKey);
}

/** The wire form of a set: public members, `kid`, and `alg` where it says more than the key's type. */
export function formatPublicJwkSet(keys: readonly PublicSigningKey[]): { readonly keys: readonly object[] } {
  return {
    keys: keys.map(({ keyId, algorithms, material }) => ({
      ...material,
      ...(keyId === undefined ? {} : { kid: keyId }),
      ...(algorithms.length === 1 ? { alg: algorithms[0] } : {}),
      use: 'sig',
    })),
  };
}

function readJwks(value: JsonValue): readonly JsonObject[] | undefined {
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length > MAX_KEYS) return undefined;
  return keys.every(isObject) ? keys : undefined;
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isSecret(jwk: JsonObject): boolean {
  return jwk['kty'] === 'oct' || SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member));
}

/**
 * A public key that stands alone, as in a header. Undefined for one that shows a secret, for one that cannot verify, and for one
 * whose members are not in their one form: it is told by its thumbprint, and a key has one only in one form (RFC 7638 §7).
 */
export function parsePublicJwk(value: JsonValue | undefined): PublicSigningKey | undefined {
  if (!isObject(value) || isSecret(value)) return undefined;
  const [key] = readKey(value);
  const isAsWritten = Object.entries(key?.material ?? {}).every(([name, member]) => value[name] === member);
  return isAsWritten ? key : undefined;
}

/** One key or none. */
function readKey(jwk: JsonObject): readonly PublicSigningKey[] {
  const { kid, alg, use, key_ops: operations } = jwk;
  if (kid !== undefined && (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH)) return [];
  if (use !== undefined && use !== 'sig') return [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return [];
  const found = readMaterial(jwk);
  if (found === undefined) return [];
  const algorithms = alg === undefined ? found.algorithms : narrow(found.algorithms, alg);
  return algorithms.length === 0 ? [] : [{ keyId: kid, algorithms, material: found.material }];
}

/** The two names of Ed25519 mean one algorithm: a key that says one is not closed to the other. */
function narrow(algorithms: readonly ClientAssertionAlgorithm[], alg: JsonValue): readonly ClientAssertionAlgorithm[] {
  if (!isClientAssertionAlgorithm(alg) || !algorithms.includes(alg)) return [];
  return alg === 'EdDSA' || alg === 'Ed25519' ? algorithms : [alg];
}

function readMaterial(
  jwk: JsonObject,
): { readonly material: PublicKeyMaterial; readonly algorithms: readonly ClientAssertionAlgorithm[] } | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === 'EC' && crv === 'P-256' && isCoordinate(x) && isCoordinate(y)) {
    return { material: { kty, crv, x, y }, algorithms: ['ES256'] };
  }
  if (kty === 'OKP' && crv === 'Ed25519' && isCoordinate(x)) {
    return { material: { kty, crv, x }, algorithms: ['EdDSA', 'Ed25519'] };
  }
  const rsa = kty === 'RSA' ? readRsaMembers({ n, e }, MAX_MODULUS_BITS) : undefined;
  return rsa && { material: { kty: 'RSA', ...rsa }, algorithms: ['RS256', 'PS256'] };
}

/** 32 octets: the full size of a coordinate, leading zeros included (RFC 7518 §6.2.1.2, RFC 8037 §2), in their one form. */
function isCoordinate(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && isBase64UrlOf32Octets(value);
}
