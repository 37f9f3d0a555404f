/** Longest text that one field of a log line or event keeps. */
export const MAX_TEXT_LENGTH = 2048;

/** C0 and C1 controls, line and paragraph separators, bidirectional and zero-width characters. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are exactly what is taken out
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Escapes characters that could break out of a line or mislead its reader, and bounds the length (CWE-117). */
export function cleanText(text: string): string {
  const bounded =
    text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…[${text.length} characters]` : text;
  return bounded.replace(UNSAFE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
