import { type Issuer, type JsonObject, type JsonValue, readRsaMembers } from '@portcullis/protocol';
import { importJWK, type JWK } from 'jose';
import type { TokenRules } from '../issuers/trusted-issuer.js';
import type { VerificationKey } from './verification-keys.js';

/** Most keys of one set that are read. */
const MAX_KEYS = 100;
const MAX_KEY_ID_LENGTH = 256;

/** Members that hold a secret: of private keys (RFC 7518 §6.2.2, §6.3.2; RFC 8037 §2) and of symmetric ones (§6.4). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

const RSA_ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'];

/** Above costs more to verify than a stranger should be able to ask for. */
const MAX_MODULUS_BITS = 8192;

/** Algorithms by curve, and how long a coordinate is in base64url: its full size, leading zeros included (RFC 7518 §6.2.1.2). */
const CURVES: ReadonlyMap<JsonValue | undefined, { readonly kty: string; algorithms: string[]; length: number }> =
  new Map([
    ['P-256', { kty: 'EC', algorithms: ['ES256'], length: 43 }],
    ['P-384', { kty: 'EC', algorithms: ['ES384'], length: 64 }],
    ['P-521', { kty: 'EC', algorithms: ['ES512'], length: 88 }],
    ['Ed25519', { kty: 'OKP', algorithms: ['EdDSA', 'Ed25519'], length: 43 }],
  ]);

/** The public members of a key in their one form, and what its type allows. */
interface KeyMaterial {
  readonly members: Readonly<Record<string, string>>;
  readonly algorithms: readonly string[];
}

/**
 * The keys of a JWK Set (RFC 7517 §5) that may verify tokens of an issuer by its rules, one for each algorithm a key is good
 * for. Undefined for what is no JWK Set.
 *
 * A key's algorithms are what its type allows (RFC 7518 §3.1, RFC 8037 §3.1), narrowed by its `alg`, and by the rules.
 * Left out: symmetric keys, private ones (whoever reads the set could sign), those without `kid`, for encryption, of another
 * type, size or curve, those the rules do not accept, and those that the platform does not take.
 *
 * @param known - keys that were imported before, by {@link VerificationKey.fingerprint} and algorithm; they are taken again
 */
export async function importKeySet(
  set: JsonValue,
  issuer: Issuer,
  rules: Pick<TokenRules, 'acceptsKey' | 'algorithms'>,
  known: readonly VerificationKey[] = [],
): Promise<readonly VerificationKey[] | undefined> {
  const jwks = isObject(set) ? set['keys'] : undefined;
  if (!Array.isArray(jwks)) return undefined;
  const imported = (jwks as readonly JsonValue[])
    .slice(0, MAX_KEYS)
    .filter(isObject)
    .flatMap((jwk) => importKey(jwk, issuer, rules, known));
  return (await Promise.all(imported)).filter((key) => key !== undefined);
}

function importKey(
  jwk: JsonObject,
  issuer: Issuer,
  rules: Pick<TokenRules, 'acceptsKey' | 'algorithms'>,
  known: readonly VerificationKey[],
): readonly Promise<VerificationKey | undefined>[] {
  const { kid, alg, use, key_ops: operations } = jwk;
  if (typeof kid !== 'string' || kid === '' || kid.length > MAX_KEY_ID_LENGTH) return [];
  if (use !== undefined && use !== 'sig') return [];
  if (operations !== undefined && !(Array.isArray(operations) && operations.includes('verify'))) return [];
  if (SECRET_MEMBERS.some((member) => Object.hasOwn(jwk, member))) return [];
  const material = readMaterial(jwk);
  if (material === undefined || !isAccepted(jwk, issuer, rules)) return [];
  const algorithms = material.algorithms.filter((name) => isNamed(alg, name) && rules.algorithms.includes(name));
  return algorithms.map((algorithm) => importAs(kid, algorithm, material, known));
}

/** Rules that cannot cope with a key do not accept it. */
function isAccepted(jwk: JsonObject, issuer: Issuer, { acceptsKey }: Pick<TokenRules, 'acceptsKey'>): boolean {
  try {
    return acceptsKey === undefined || acceptsKey(jwk, issuer);
  } catch {
    return false;
  }
}

/** The two names of Ed25519 mean one algorithm: a key that says one is not closed to the other. */
function isNamed(alg: JsonValue | undefined, name: string): boolean {
  if (alg === undefined || alg === name) return true;
  return (alg === 'EdDSA' || alg === 'Ed25519') && (name === 'EdDSA' || name === 'Ed25519');
}

async function importAs(
  keyId: string,
  algorithm: string,
  { members }: KeyMaterial,
  known: readonly VerificationKey[],
): Promise<VerificationKey | undefined> {
  const fingerprint = JSON.stringify(members);
  const before = known.find(
    (key) => key.keyId === keyId && key.algorithm === algorithm && key.fingerprint === fingerprint,
  );
  if (before !== undefined) return before;
  try {
    const publicKey = (await importJWK(members as unknown as JWK, algorithm)) as CryptoKey;
    return { keyId, algorithm, publicKey, fingerprint };
  } catch {
    return undefined;
  }
}

function readMaterial(jwk: JsonObject): KeyMaterial | undefined {
  const { kty, crv, x, y, n, e } = jwk;
  if (kty === 'RSA') {
    const rsa = readRsaMembers({ n, e }, MAX_MODULUS_BITS);
    return rsa && { members: { kty, ...rsa }, algorithms: RSA_ALGORITHMS };
  }
  const curve = CURVES.get(crv);
  if (curve === undefined || curve.kty !== kty || !isCoordinate(x, curve)) return undefined;
  const point = { kty: curve.kty, crv: crv as string, x };
  if (kty === 'OKP') return { members: point, algorithms: curve.algorithms };
  return isCoordinate(y, curve) ? { members: { ...point, y }, algorithms: curve.algorithms } : undefined;
}

function isCoordinate(value: JsonValue | undefined, { length }: { readonly length: number }): value is string {
  return typeof value === 'string' && value.length === length && /^[A-Za-z0-9_-]+$/.test(value);
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
