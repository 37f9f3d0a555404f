import { UNSAFE_CHARACTERS } from '@portcullis/protocol/unsafe-characters';

/** What a cut between the two code units of one character leaves. */
const HALF_A_CHARACTER = /[\ud800-\udbff]$/;

/** Makes a text that may come from a stranger safe to print on one line of a terminal: no control sequences, no line
 * ends, no reordering. Longer texts are cut at `maxLength` characters, 400 by default. */
export function terminalText(text: string, maxLength = 400): string {
  const safe = text.replace(UNSAFE_CHARACTERS, '');
  return safe.length > maxLength ? `${safe.slice(0, maxLength - 1).replace(HALF_A_CHARACTER, '')}…` : safe;
}
