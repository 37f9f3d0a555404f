import type { JsonValue } from '@portcullis/protocol';

/** Longest name in a claim of somebody else's assertion: `iss`, `sub`, `jti`, `client_id`. A client ID may be a URL. */
const MAX_CLAIMED_IDENTIFIER_LENGTH = 2048;

/** Whether a claim is a text that can name something. */
export function isClaimedIdentifier(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_CLAIMED_IDENTIFIER_LENGTH;
}

/** RFC 7519 §2: a NumericDate may have a fraction. */
export function isTime(value: JsonValue | undefined): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}
