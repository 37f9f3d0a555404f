import { shellWord } from '../shell-word.js';
import { terminalText } from '../terminal-text.js';

/** Rows under a header, in columns. Cells may come from strangers and are cleaned; nothing is cut, since an identifier
 * that is cut cannot be given to the next command; names go through {@link nameCell} first. */
export function formatTable(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows.map((row) => row.map((cell) => terminalText(cell, 4096)))];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => [...(line[column] ?? '')].length)));
  return lines
    .map((line) =>
      line
        .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - [...cell].length))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** A name for a cell of a table: cleaned, and cut at 40 characters, since whoever registers itself chooses how long it is.
 * `show` has it whole. */
export function nameCell(name: string): string {
  return terminalText(name, 40);
}

/** An identifier that a stranger chose, for a cell of a table: copied from there behind a command, it is one operand of it, and
 * commands no shell. */
export function idCell(id: string): string {
  return shellWord(terminalText(id, 4096));
}

/** Facts one under the other: `label  value`, indented. Values are cleaned. */
export function formatFacts(facts: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...facts.map(([label]) => label.length));
  return facts.map(([label, value]) => `  ${label.padEnd(width)}  ${terminalText(value, 4096)}`).join('\n');
}

/** `2026-11-24T10:00:00.000Z` */
export function isoTime(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
