import { PROGRAM_NAME } from './program-name.js';
import { shellOperand } from './shell-word.js';
import { terminalText } from './terminal-text.js';

/**
 * Writes out a command of this program that acts on the store at hand, to be typed as it stands.
 *
 * @param command - such as `clients list`
 * @param operands - what comes last, written for a shell. @defaultValue none
 */
export type SuggestCommand = (command: string, operands?: string) => string;

/** @param storeFlags - what leads a command to the store, see `storeFlags` */
export function suggestWith(storeFlags: string): SuggestCommand {
  return (command, operands) =>
    `${PROGRAM_NAME} ${command}${storeFlags}${operands === undefined ? '' : ` ${operands}`}`;
}

/** An operand that came from somebody else, or was typed: for a shell, and safe to print. */
export function shownOperand(text: string): string {
  return shellOperand(terminalText(text, 4096));
}
