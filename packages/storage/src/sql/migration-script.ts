/** Statements that belong together, under a comment of one line that names them. */
export interface ScriptPart {
  readonly title: string;
  readonly statements: readonly string[];
}

/**
 * Statements as a script that the database's own shell runs. Without statements it is comments alone, which change nothing.
 *
 * @param heading - lines that say what it is for
 * @param begin - the statements that open its transaction, which it closes itself
 */
export function formatScript(
  heading: readonly string[],
  begin: readonly string[],
  parts: readonly ScriptPart[],
): string {
  const head = heading.map(comment);
  if (parts.length === 0) return lines([...head, comment('There is nothing to do.')]);
  const body = parts.flatMap(({ title, statements }) => ['', comment(title), ...statements.map(ended)]);
  return lines([...head, ...begin.map(ended), ...body, '', ended('COMMIT')]);
}

/** A text as a literal of standard SQL, where a backslash is a character like any other. */
export function sqlLiteral(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

const lines = (all: readonly string[]): string => `${all.join('\n')}\n`;
const comment = (text: string): string => `-- ${text}`;
const ended = (statement: string): string => `${statement};`;
