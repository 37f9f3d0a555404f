import { fail, type Result, succeed } from '../result.js';

/** Longest `scope` text that is read. */
const MAX_SCOPE_LENGTH = 4096;
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]+$/;

/**
 * Parses a `scope` value (RFC 6749 §3.3): scope tokens, one space between each. Each token is returned once, in the
 * order of the text. Does not know which scopes exist.
 */
export function parseScope(text: string): Result<readonly string[], 'scope_malformed'> {
  if (text.length > MAX_SCOPE_LENGTH) return fail('scope_malformed');
  const tokens = text.split(' ');
  return tokens.every(isScopeToken) ? succeed([...new Set(tokens)]) : fail('scope_malformed');
}

/** Whether a text is one scope-token (RFC 6749 §3.3): printable ASCII without space, quote and backslash, of any length. */
export function isScopeToken(text: string): boolean {
  return SCOPE_TOKEN.test(text);
}

/** The `scope` value of some scope tokens (RFC 6749 §3.3). */
export function formatScope(scopes: readonly string[]): string {
  return scopes.join(' ');
}
