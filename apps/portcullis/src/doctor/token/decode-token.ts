import { type JsonObject, parseStrictJson } from '@portcullis/protocol';

/** Longest token that is looked at, as everywhere in this program. */
export const MAX_TOKEN_CHARACTERS = 16 * 1024;

/** A token, taken apart. Nothing is verified by that. */
export type DecodedToken =
  | {
      readonly format: 'jwt';
      readonly header: JsonObject;
      readonly claims: JsonObject;
      /** What was signed, and the signature. */
      readonly signed: string;
      readonly signature: Uint8Array;
    }
  /** Five parts: encrypted. Its header can be read, and nothing more. */
  | { readonly format: 'jwe'; readonly header: JsonObject }
  /** A text that means something to its issuer alone. */
  | { readonly format: 'opaque' }
  /** Three parts of which one is not what it should be. */
  | { readonly format: 'malformed' };

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Tells what a token is by its form (RFC 7515 §7.1, RFC 7516 §7.1). */
export function decodeToken(token: string): DecodedToken {
  const parts = token.split('.');
  const header = readPart(parts[0]);
  if (parts.length === 5 && header !== undefined) return { format: 'jwe', header };
  if (parts.length !== 3) return { format: 'opaque' };
  // An opaque token may hold two dots as well; what begins with `{"` is meant to be a JWT.
  if (header === undefined) return parts[0]?.startsWith('eyJ') ? { format: 'malformed' } : { format: 'opaque' };
  const claims = readPart(parts[1]);
  const signature = readBase64Url(parts[2]);
  if (claims === undefined || signature === undefined) return { format: 'malformed' };
  return { format: 'jwt', header, claims, signed: `${parts[0]}.${parts[1]}`, signature };
}

function readPart(part: string | undefined): JsonObject | undefined {
  const bytes = readBase64Url(part);
  if (bytes === undefined) return undefined;
  try {
    const parsed = parseStrictJson(utf8.decode(bytes));
    if (!parsed.ok) return undefined;
    const { value } = parsed.value;
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}

function readBase64Url(part: string | undefined): Uint8Array | undefined {
  return part !== undefined && /^[A-Za-z0-9_-]*$/.test(part) ? Buffer.from(part, 'base64url') : undefined;
}
