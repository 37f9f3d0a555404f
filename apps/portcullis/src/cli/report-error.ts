import { CommanderError } from 'commander';
import { EXIT_CODE, type ExitCode, ProgramError } from '../program-error.js';
import { terminalText } from '../terminal-text.js';

/** What is said of a failure, and how the program ends. */
export interface ErrorReport {
  /** For standard error; empty where everything is said already. */
  readonly text: string;
  readonly exitCode: ExitCode;
}

/** Puts a failure into words: one line (a configuration may have several problems, one line each), no stack unless
 * `debug` asks for it. */
export function reportError(error: unknown, debug: boolean): ErrorReport {
  if (error instanceof CommanderError) return reportUsage(error);
  const details = debug && error instanceof Error ? stackOf(error) : '';
  if (error instanceof ProgramError) return { text: lines(error.message) + details, exitCode: error.exitCode };
  const message = error instanceof Error ? error.message : 'something failed without saying why';
  const hint = debug ? '' : ' (PORTCULLIS_DEBUG=1 shows more)';
  return { text: lines(message.replace(/\s*\n\s*/g, ' ') + hint) + details, exitCode: EXIT_CODE.failed };
}

/** With the error behind it. An error may repeat what a stranger wrote, so it is cleaned like any other text (CX-03). */
function stackOf({ stack = '', cause }: Error): string {
  const all = cause === undefined ? stack : `${stack}\n${String(cause)}`;
  return all
    .split('\n')
    .map((line) => `${terminalText(line, 1000)}\n`)
    .join('');
}

function reportUsage(error: CommanderError): ErrorReport {
  if (error.exitCode === 0) return { text: '', exitCode: EXIT_CODE.ok };
  // The help was printed.
  if (error.code === 'commander.help') return { text: '', exitCode: EXIT_CODE.usage };
  // An unknown option is repeated up to its `=`: what follows may be the password that was meant to be hidden.
  const message = error.message.replace(/^error: /, '').replace(/('--?[^'=]*)=[^']*'/g, "$1'");
  // Commander ends some sentences with a stop, and puts one before the reason that an option was refused for.
  const sentence = message.replace(/\n/g, ' ').replace(' is invalid. ', ' is invalid: ').replace(/\.$/, '');
  return { text: lines(`${sentence}; see --help`), exitCode: EXIT_CODE.usage };
}

function lines(message: string): string {
  return message
    .split('\n')
    .map((line) => `portcullis: ${terminalText(line, 1000)}\n`)
    .join('');
}
