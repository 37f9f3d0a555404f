import { escapeCharacter, UNSAFE_CHARACTERS } from '@portcullis/protocol';

/** Longest text that one field of a log line or event keeps. */
export const MAX_TEXT_LENGTH = 2048;

/** Most texts have none of these, so that there is nothing to escape: told in a quarter of the time. */
const BEYOND_PRINTABLE_ASCII = /[^\x20-\x7e]/;

/** Escapes characters that could break out of a line or mislead its reader, and bounds the length (CWE-117). */
export function cleanText(text: string): string {
  const bounded =
    text.length > MAX_TEXT_LENGTH ? `${text.slice(0, MAX_TEXT_LENGTH)}…[${text.length} characters]` : text;
  return BEYOND_PRINTABLE_ASCII.test(bounded) ? bounded.replace(UNSAFE_CHARACTERS, escapeCharacter) : bounded;
}
