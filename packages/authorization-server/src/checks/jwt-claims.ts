import type { JsonValue } from '@portcullis/protocol';

/** Longest name in a claim: `iss`, `sub`, `jti`, `client_id`. */
const MAX_IDENTIFIER_LENGTH = 2048;

/** Whether a claim is a text that can name something. */
export function isIdentifier(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_IDENTIFIER_LENGTH;
}

/**
 * The one text of a claim that may be a list (`aud`, RFC 7519 §4.1.3): a text, or a list of that one, which is how several
 * libraries and platforms always write it. Undefined for a list of two, also with ours in it: what was made for two parties
 * each of them could use at the other.
 */
export function readOnlyText(claim: JsonValue | undefined): string | undefined {
  const [only, ...others] = Array.isArray(claim) ? claim : [claim];
  return typeof only === 'string' && others.length === 0 ? only : undefined;
}

/** RFC 7519 §2: a NumericDate may have a fraction. */
export function isTime(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** As {@link isTime}, for a claim that may stay away. */
export function isTimeOrAbsent(value: JsonValue | undefined): value is number | undefined {
  return value === undefined || isTime(value);
}
