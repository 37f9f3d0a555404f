import { createPublicKey, type JsonWebKeyInput } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nodePlatform } from '@portcullis/ports/node';
import {
  formatPublicJwkSet,
  type JsonObject,
  type JsonValue,
  type PublicKeyMaterial,
  parsePublicJwkSet,
  parseStrictJson,
} from '@portcullis/protocol';
import { usageError, whyUnreadable } from '../../program-error.js';

/**
 * The public half of the keys in a file, as a JWK Set (RFC 7517 §5): a PEM file, a JWK or a JWK Set, private or public. A key
 * without `kid` is named by its thumbprint (RFC 7638). Nothing private is ever part of the answer.
 *
 * @param flag - the option that names the file
 * @throws {ProgramError} where the file cannot be read, or holds no key that signs here (exit code 2)
 */
export function readPublicKeys(file: string, flag: string): object {
  const jwks = readKeys(file, flag).map((key) => {
    try {
      return toPublicJwk(key);
    } catch {
      throw usageError(
        `${flag}: ${file} holds something that is no key in PEM or JWK, or one that a passphrase protects`,
      );
    }
  });
  const keys = parsePublicJwkSet({ keys: jwks });
  if (!keys.ok || keys.value.length !== jwks.length) {
    throw usageError(
      `${flag}: ${file}: a key that signs is EC P-256, Ed25519, or RSA of 2048 to 4096 bits with an odd exponent of 3 or more`,
    );
  }
  return formatPublicJwkSet(keys.value.map((key) => ({ ...key, keyId: key.keyId ?? thumbprint(key.material) })));
}

/** A key as it stands in a file: PEM, or a JWK. */
type WrittenKey = string | JsonObject;

function readKeys(file: string, flag: string): readonly WrittenKey[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw usageError(`${flag}: ${file} cannot be read: ${whyUnreadable(error)}`);
  }
  if (!text.trimStart().startsWith('{')) return [text];
  const json = parseStrictJson(text);
  const value = json.ok ? json.value.value : undefined;
  if (!isObject(value)) throw usageError(`${flag}: ${file} is no JSON`);
  const { keys } = value;
  if (keys === undefined) return [value];
  if (!Array.isArray(keys) || keys.length === 0 || !keys.every(isObject)) {
    throw usageError(`${flag}: ${file} is no JWK Set with a key in it`);
  }
  return keys;
}

/** @throws for what is no key */
function toPublicJwk(key: WrittenKey): JsonObject {
  const input = typeof key === 'string' ? key : ({ key, format: 'jwk' } as JsonWebKeyInput);
  const material = createPublicKey(input).export({ format: 'jwk' }) as JsonObject;
  if (typeof key === 'string') return material;
  const { kid, alg } = key;
  return { ...material, ...(kid === undefined ? {} : { kid }), ...(alg === undefined ? {} : { alg }) };
}

/** RFC 7638 §3: the hash of the members that are the key, in the order of their names. */
function thumbprint(material: PublicKeyMaterial): string {
  return nodePlatform.hash(JSON.stringify(material, Object.keys(material).sort()));
}

function isObject(value: JsonValue | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
