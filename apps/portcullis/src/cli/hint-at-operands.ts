import { type Command, CommanderError } from 'commander';

/** How an id that begins with a hyphen is told from an option. */
export const BEHIND_HYPHENS = 'one that begins with - goes last, behind --';

/**
 * Has a command, and all below it, say how its first argument is given where an option is unknown that may be meant as
 * that: ids of keys and of clients may begin with a hyphen. What looks like the name of an option is none. The same where options
 * stand behind `--`, where they are none.
 */
export function hintAtOperands(command: Command): void {
  const [operand] = command.registeredArguments;
  if (operand !== undefined && !operand.variadic) {
    command.exitOverride((error) => {
      const isMeant = error.code === 'commander.unknownOption' && !/'--[a-z]/.test(error.message);
      // Behind -- an option is one more argument.
      const isBehind = error.code === 'commander.excessArguments' && command.args.some((arg) => arg.startsWith('--'));
      if (!isMeant && !isBehind) throw error;
      const hint = `${error.message}; ${operand.name().toUpperCase()}: ${BEHIND_HYPHENS}`;
      throw new CommanderError(error.exitCode, error.code, hint);
    });
  }
  for (const below of command.commands) hintAtOperands(below);
}
