import type { Command } from 'commander';
import { usageError } from '../program-error.js';

/** What a variable that is not set leaves on a command line names nothing. Arguments that may be many are left alone: they
 * are the command of somebody else. @throws {ProgramError} naming the argument that is empty */
export function refuseEmptyArguments(command: Command): void {
  command.registeredArguments.forEach((argument, index) => {
    if (!argument.variadic && command.args[index] === '') {
      throw usageError(`${argument.name().toUpperCase()}: must not be empty`);
    }
  });
}
