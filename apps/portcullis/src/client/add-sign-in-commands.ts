import type { Command } from 'commander';
import { addExamples, type Example } from '../cli/examples.js';
import type { Terminal } from '../terminal.js';
import {
  addClientOptions,
  addServerOptions,
  addSignInOptions,
  ENVIRONMENT_HELP,
  type ServerOptions,
  SIGN_IN_HELP,
  type SignInOptions,
} from './client-options.js';

const LOGIN_EXAMPLES = [
  { line: 'login https://mcp.example.com/mcp', note: 'in the browser of this computer' },
  { line: 'login https://mcp.example.com/mcp --device --client-id screen', note: 'with a code to enter on a phone' },
  { line: 'login https://mcp.example.com/mcp --paste', note: 'on another machine; paste the address it ends at' },
  { line: "login https://mcp.example.com/mcp --open-command 'firefox --private-window'" },
  { line: 'login https://mcp.example.com/mcp --client-id abc --client-secret-file secret.txt --port 33418' },
];

const LOGOUT_EXAMPLES = [
  { line: 'logout https://mcp.example.com/mcp' },
  { line: 'logout https://mcp.example.com/mcp --profile work' },
];
const LOGOUT_MORE = `The tokens are deleted here first; then the authorization server is told to end them.

${SIGN_IN_HELP}`;

const STATUS_EXAMPLES = [
  { line: 'status https://mcp.example.com/mcp' },
  { line: 'status https://mcp.example.com/mcp --json' },
];
const STATUS_MORE = `Asks no server. Ends with 1 where nobody is signed in, or where the sign-in has ended.

${ENVIRONMENT_HELP}`;

const TOKEN_EXAMPLES = [
  { line: 'token https://mcp.example.com/mcp' },
  {
    line: 'token https://mcp.example.com/mcp --client-credentials --client-id nightly --client-secret-file secret.txt',
  },
];
const TOKEN_MORE = `In a script: curl -H "Authorization: Bearer $(npx portcullis token https://mcp.example.com/mcp)" https://mcp.example.com/health

Prints the access token alone, renewed when it is due. Asks nobody to sign in, and ends with 1 where that is needed.

${SIGN_IN_HELP}`;

/** Adds `portcullis login`, `logout`, `status` and `token`. */
export function addSignInCommands(program: Command, terminal: Terminal): void {
  const command = (name: string, description: string, examples: readonly Example[], more: string): Command =>
    addExamples(
      program.command(name).description(description).argument('<url>', 'the MCP server').allowExcessArguments(false),
      examples,
      more,
    );

  addSignInOptions(
    command('login', 'sign in to an MCP server, and keep the tokens', LOGIN_EXAMPLES, SIGN_IN_HELP),
    true,
  )
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { login } = await import('./login.js');
      await asClientCommand(() => login(url, options, terminal));
    });

  addClientOptions(command('logout', 'sign out of an MCP server, and end the tokens', LOGOUT_EXAMPLES, LOGOUT_MORE))
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { logout } = await import('./session-commands.js');
      await asClientCommand(() => logout(url, options, terminal));
    });

  addServerOptions(
    command('status', 'who is signed in to an MCP server, and where that is kept', STATUS_EXAMPLES, STATUS_MORE),
  )
    .option('--json', 'as JSON')
    .action(async (url: string, options: ServerOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { showStatus } = await import('./session-commands.js');
      await asClientCommand(() => showStatus(url, options, terminal));
    });

  addClientOptions(command('token', 'print an access token, for scripts', TOKEN_EXAMPLES, TOKEN_MORE))
    .option('--json', 'with its type and its end, as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { printToken } = await import('./session-commands.js');
      await asClientCommand(() => printToken(url, options, terminal));
    });
}
