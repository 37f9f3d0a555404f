/** What no shell reads anything into, wherever in a word it stands. */
const PLAIN = /^[A-Za-z0-9_./:@+,-]+$/;

/**
 * A text as one word of a command for a POSIX shell (POSIX.1-2017 §2.2.2), which gets the text back as it was, whatever
 * is in it; as it is where that is safe. Does not make it safe to print: `terminalText` does.
 */
export function shellWord(text: string): string {
  // Nothing is special between single quotes but the single quote itself, which is put between two such stretches.
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
