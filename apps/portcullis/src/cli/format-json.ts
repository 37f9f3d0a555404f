import { escapeCharacter, UNSAFE_CHARACTERS } from '@portcullis/protocol/unsafe-characters';

/**
 * A value as JSON for a terminal or a pipe. Characters that could command a terminal or mislead its reader, which JSON
 * lets stand as they are (C1 controls, bidirectional marks, …), are escaped: whoever parses it gets the same value.
 */
export function formatJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2).replace(UNSAFE_CHARACTERS, (character) =>
    character === '\n' ? character : escapeCharacter(character),
  );
}
