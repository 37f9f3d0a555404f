import type { JsonObject, JsonValue } from '../json/strict-json.js';
import { fail, type Result, succeed } from '../result.js';

const MAX_KEYS = 20;

/** Members that hold secret parts of a key (RFC 7518 §6, RFC 8037 §2, and `priv` of keys to come). */
const SECRET_MEMBERS = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv'];

/** Why a JWK Set cannot be kept. */
export type PublicJwkSetFailure = 'keys_malformed' | 'secret_key_given';

/**
 * Parses a JWK Set of public keys (RFC 7517 §5), 1 to 20 of them, and gives it back as JSON. A symmetric key or a private
 * part anywhere is refused: what is published is no secret any more.
 *
 * Does not check that the keys can be used: types and members that are not known stay as they are (RFC 7517 §5).
 */
export function parsePublicJwkSet(value: JsonValue): Result<string, PublicJwkSetFailure> {
  const keys = isObject(value) ? value['keys'] : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MAX_KEYS) return fail('keys_malformed');
  for (const key of keys as readonly JsonValue[]) {
    if (!isObject(key) || typeof key['kty'] !== 'string') return fail('keys_malformed');
    if (key['kty'] === 'oct' || SECRET_MEMBERS.some((member) => Object.hasOwn(key, member)))
      return fail('secret_key_given');
  }
  return succeed(JSON.stringify({ keys }));
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
