/** Consonants that nobody takes for another letter or a digit, and that make no words (RFC 8628 §6.1). */
export const USER_CODE_ALPHABET = 'BCDFGHJKLMNPQRSTVWXZ';

/** Characters of a user code, without its dash: 34 bits. */
export const USER_CODE_LENGTH = 8;

/**
 * Reads a user code as people type it (RFC 8628 §6.1): in either case, with or without its dash, and with spaces. Undefined for
 * what can be none.
 */
export function parseUserCode(text: string): string | undefined {
  if (text.length > 64) return undefined;
  const code = text.replace(/[\s-]/g, '').toUpperCase();
  const isCode = code.length === USER_CODE_LENGTH && [...code].every((letter) => USER_CODE_ALPHABET.includes(letter));
  return isCode ? code : undefined;
}

/** A user code as it is shown: in two halves. */
export function formatUserCode(code: string): string {
  return `${code.slice(0, USER_CODE_LENGTH / 2)}-${code.slice(USER_CODE_LENGTH / 2)}`;
}
