import type { Command } from 'commander';
import { usageError } from '../program-error.js';
import { addExamples } from './examples.js';

/** Adds `portcullis help`, for commands at any depth: the one that Commander brings knows the first level only. */
export function addHelpCommand(program: Command): void {
  const help = program
    .helpCommand(false)
    .command('help [command...]')
    .description('print the help of a command')
    .action((names: readonly string[]) => {
      findCommand(program, names).outputHelp();
    });
  addExamples(help, [{ line: 'help keys rotate', note: 'the same as: keys rotate --help' }]);
}

function findCommand(program: Command, names: readonly string[]): Command {
  return names.reduce((parent, name) => {
    const found = parent.commands.find((command) => command.name() === name);
    if (found === undefined) throw usageError(`unknown command '${name}'; see --help`);
    return found;
  }, program);
}
