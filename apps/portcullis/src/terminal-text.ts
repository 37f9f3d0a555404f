// C0, DEL, C1; line and paragraph separators; zero-width characters; bidirectional marks, embeddings and isolates.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this removes
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/gu;

/** Makes a text that may come from a stranger safe to print on one line of a terminal: no control sequences, no line
 * ends, no reordering. Longer texts are cut at `maxLength` characters, 400 by default. */
export function terminalText(text: string, maxLength = 400): string {
  const safe = text.replace(UNSAFE, '');
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1)}…` : safe;
}
