import type { JsonObject } from '../json/json-value.js';
import { parseStrictJson } from '../json/strict-json.js';
import { fromBase64Url } from '../text/base64-url.js';

/** Headers and claims of OAuth are flat, or nearly. */
const MAX_JSON_DEPTH = 8;

/** What a JWT says before anybody looked at its signature: nothing of it is proven. */
export interface UnverifiedJwt {
  readonly header: JsonObject;
  readonly claims: JsonObject;
  /** Whether there is any signature at all. */
  readonly isSigned: boolean;
}

/**
 * Reads a JWT in compact serialisation (RFC 7515 §7.1, RFC 7519 §7.2). Header and claims are JSON objects that leave no
 * room for two readings. Undefined for everything else, and for what is longer than `maxLength` characters.
 *
 * Looks at neither algorithm nor key, and does not verify.
 */
export function parseUnverifiedJwt(text: string, maxLength: number): UnverifiedJwt | undefined {
  if (text.length > maxLength) return undefined;
  const [header, claims, signature, ...more] = text.split('.', 4).map(fromBase64Url);
  if (header === undefined || claims === undefined || signature === undefined || more.length > 0) return undefined;
  const readHeader = readObject(header);
  const readClaims = readObject(claims);
  if (readHeader === undefined || readClaims === undefined) return undefined;
  return { header: readHeader, claims: readClaims, isSigned: signature.length > 0 };
}

function readObject(bytes: Uint8Array): JsonObject | undefined {
  const parsed = parseStrictJson(bytes, { maxDepth: MAX_JSON_DEPTH });
  if (!parsed.ok) return undefined;
  const { value } = parsed.value;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
}
