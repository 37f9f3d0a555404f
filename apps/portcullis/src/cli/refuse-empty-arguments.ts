import type { Command } from 'commander';
import { usageError } from '../program-error.js';

/** What a variable that is not set leaves on a command line names nothing, as an argument and as the value of an option.
 * Arguments that may be many are left alone: they are the command of somebody else.
 * @throws {ProgramError} naming the argument or the option that is empty */
export function refuseEmptyArguments(command: Command): void {
  command.registeredArguments.forEach((argument, index) => {
    if (!argument.variadic && command.args[index] === '') {
      throw usageError(`${argument.name().toUpperCase()}: must not be empty`);
    }
  });
  for (const option of command.options) {
    const value: unknown = command.getOptionValue(option.attributeName());
    if (value === '' || (Array.isArray(value) && value.includes(''))) {
      throw usageError(`${option.long ?? option.flags}: must not be empty`);
    }
  }
}
