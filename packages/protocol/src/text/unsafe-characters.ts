/**
 * Characters that could break out of a line of a log or a terminal, or mislead its reader (CWE-117, CWE-150): C0, DEL and
 * C1 controls; line and paragraph separators; zero-width characters; bidirectional marks, embeddings and isolates; deprecated
 * format characters and tags, which show nothing and which a language model reads all the same.
 */
export const UNSAFE_CHARACTERS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is looked for
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\u{e0000}-\u{e007f}]/gu;

/** A character as JSON escapes it: one beyond U+FFFF as its two halves (RFC 8259 §7). */
export function escapeCharacter(character: string): string {
  return Array.from(
    { length: character.length },
    (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`,
  ).join('');
}
