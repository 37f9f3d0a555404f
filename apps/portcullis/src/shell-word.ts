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

/**
 * A text as an operand of a command that takes options: {@link shellWord}, behind `--` where it begins with `-` and would
 * be read as options (POSIX.1-2017 §12.2, guideline 10). It ends the options, so it belongs at the end of the command.
 */
export function shellOperand(text: string): string {
  return text.startsWith('-') ? `-- ${shellWord(text)}` : shellWord(text);
}
