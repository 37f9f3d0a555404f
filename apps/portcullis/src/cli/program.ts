import { Command } from 'commander';
import { addCallCommands } from '../client/add-call-commands.js';
import { addSignInCommands } from '../client/add-sign-in-commands.js';
import { addCimdCommand } from '../client/cimd/add-cimd-command.js';
import { environmentSecretFiles, tellOpenSecretFiles } from '../config/open-secret-files.js';
import { addDoctorCommand } from '../doctor/add-doctor-command.js';
import type { Terminal } from '../terminal.js';
import { terminalText } from '../terminal-text.js';
import { programVersion } from '../version.js';
import { addClientsCommand } from './clients-command.js';
import { addExamples } from './examples.js';
import { addGatewayCommand } from './gateway-command.js';
import { addHelpCommand } from './help-command.js';
import { hintAtOperands } from './hint-at-operands.js';
import { addIssuersCommand } from './issuers-command.js';
import { addKeysCommand } from './keys-command.js';
import { addMigrateCommand } from './migrate-command.js';
import { refuseEmptyArguments } from './refuse-empty-arguments.js';
import { addResourcesCommand } from './resources-command.js';
import { addUsersCommand } from './users-command.js';

const EXAMPLES = [
  { line: 'gateway --upstream http://127.0.0.1:3001/mcp', note: 'opens a gate in front of an MCP server' },
  { line: 'users add alice', note: 'somebody who may sign in' },
  { line: 'login https://mcp.example.com/mcp', note: 'signs in to a server; connect bridges it to stdio' },
  { line: 'help keys rotate', note: 'each command has examples of its own' },
];

/** The command line of the program. Parsing throws a `CommanderError` instead of ending the process, and errors are
 * put into words by {@link reportError} alone. */
export function createProgram(terminal: Terminal): Command {
  const program = new Command('portcullis')
    .description('OAuth 2.1 in front of any MCP server, and a client for every server that asks for it.')
    .version(programVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this help')
    .showSuggestionAfterError(false)
    .exitOverride()
    .configureOutput({ writeOut: (text) => void terminal.stdout.write(text), outputError: () => {} });
  program.commandsGroup('A gate, and what it knows:');
  addGatewayCommand(program, terminal);
  addUsersCommand(program, terminal);
  addClientsCommand(program, terminal);
  addResourcesCommand(program, terminal);
  addKeysCommand(program, terminal);
  addIssuersCommand(program, terminal);
  addMigrateCommand(program, terminal);
  program.commandsGroup('A client of MCP servers:');
  addSignInCommands(program, terminal);
  addCallCommands(program, terminal);
  addCimdCommand(program, terminal);
  program.commandsGroup('An identity provider that you have:');
  addDoctorCommand(program, terminal);
  program.commandsGroup('Help:');
  addHelpCommand(program);
  addExamples(program, EXAMPLES);
  for (const group of program.commands.filter(({ commands }) => commands.length > 0)) {
    group.helpCommand('help [command]', 'print the help of a command');
  }
  hintAtOperands(program);
  program.hook('preAction', (_program, command) => {
    refuseEmptyArguments(command);
    const files = environmentSecretFiles({ environment: terminal.environment, baseDirectory: process.cwd() });
    for (const sentence of tellOpenSecretFiles(files)) terminal.stderr.write(`${terminalText(sentence, 1000)}\n`);
  });
  return program;
}
