import type { Command } from 'commander';
import { PROGRAM_NAME } from '../program-name.js';

/** A command line that is shown under the help of a command. */
export interface Example {
  /** What stands after the name of the program, as a shell takes it. May go on over lines that end with `\`. */
  readonly line: string;
  /** What writes to its standard input, where it reads that. */
  readonly pipedFrom?: string;
  /** What it is for. */
  readonly note?: string;
}

const SHOWN = new WeakMap<Command, readonly Example[]>();
/** Beyond this, in characters, a note stands on a line of its own. */
const WIDEST_BEFORE_A_NOTE = 60;

/** Shows examples under the help of a command, and after them what else there is to know. They are kept as they are, so
 * that a test can hold every one against the program. */
export function addExamples(command: Command, examples: readonly Example[], more?: string): Command {
  SHOWN.set(command, examples);
  const text = ['', 'Examples:', ...formatExamples(examples), ...(more === undefined ? [] : ['', more])];
  return command.addHelpText('after', text.join('\n'));
}

/** The examples that a command shows. */
export function examplesOf(command: Command): readonly Example[] {
  return SHOWN.get(command) ?? [];
}

function formatExamples(examples: readonly Example[]): readonly string[] {
  const typed = examples.map(({ line, pipedFrom, note }) => {
    const piped = pipedFrom === undefined ? '' : `${pipedFrom} | `;
    return { text: `  $ ${piped}${PROGRAM_NAME} ${line}`, note };
  });
  const short = typed.map(({ text }) => text.length).filter((length) => length <= WIDEST_BEFORE_A_NOTE);
  const width = short.length === 0 ? WIDEST_BEFORE_A_NOTE : Math.max(...short);
  return typed.flatMap(({ text, note }) => {
    if (note === undefined) return [text];
    return text.length > width ? [text, `${' '.repeat(width)}  ${note}`] : [`${text.padEnd(width)}  ${note}`];
  });
}
