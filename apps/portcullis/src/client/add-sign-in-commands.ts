import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import {
  addClientOptions,
  addServerOptions,
  addSignInOptions,
  type ServerOptions,
  SIGN_IN_HELP,
  type SignInOptions,
} from './client-options.js';

const LOGIN_EXAMPLES = `
Examples:
  $ npx portcullis login https://mcp.example.com/mcp             in the browser of this computer
  $ npx portcullis login https://mcp.example.com/mcp --device    with a code to enter on a phone
  $ npx portcullis login https://mcp.example.com/mcp --paste     on another machine; paste the address it ends at
  $ npx portcullis login https://mcp.example.com/mcp --open-command 'firefox --private-window'
  $ npx portcullis login https://mcp.example.com/mcp --client-id abc --client-secret-file secret.txt --port 33418
${SIGN_IN_HELP}`;

const LOGOUT_EXAMPLES = `
Examples:
  $ npx portcullis logout https://mcp.example.com/mcp
  $ npx portcullis logout https://mcp.example.com/mcp --profile work

The tokens are deleted here first; then the authorization server is told to end them.`;

const STATUS_EXAMPLES = `
Examples:
  $ npx portcullis status https://mcp.example.com/mcp
  $ npx portcullis status https://mcp.example.com/mcp --json

Asks no server. Ends with 1 where nobody is signed in.`;

const TOKEN_EXAMPLES = `
Examples:
  $ curl -H "Authorization: Bearer $(npx portcullis token https://mcp.example.com/mcp)" https://mcp.example.com/health
  $ npx portcullis token https://mcp.example.com/mcp --client-credentials --client-id nightly --client-secret-file secret.txt

Prints the access token alone, renewed when it is due. Asks nobody to sign in, and ends with 1 where that is needed.
${SIGN_IN_HELP}`;

/** Adds `portcullis login`, `logout`, `status` and `token`. */
export function addSignInCommands(program: Command, terminal: Terminal): void {
  const command = (name: string, description: string, help: string): Command =>
    program
      .command(name)
      .description(description)
      .argument('<url>', 'the MCP server')
      .allowExcessArguments(false)
      .addHelpText('after', help);

  addSignInOptions(command('login', 'sign in to an MCP server, and keep the tokens', LOGIN_EXAMPLES), true)
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { login } = await import('./login.js');
      await asClientCommand(() => login(url, options, terminal));
    });

  addClientOptions(command('logout', 'sign out of an MCP server, and end the tokens', LOGOUT_EXAMPLES))
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { logout } = await import('./session-commands.js');
      await asClientCommand(() => logout(url, options, terminal));
    });

  addServerOptions(command('status', 'who is signed in to an MCP server, and where that is kept', STATUS_EXAMPLES))
    .option('--json', 'as JSON')
    .action(async (url: string, options: ServerOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { showStatus } = await import('./session-commands.js');
      await asClientCommand(() => showStatus(url, options, terminal));
    });

  addClientOptions(command('token', 'print an access token, for scripts', TOKEN_EXAMPLES))
    .option('--json', 'with its type and its end, as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { printToken } = await import('./session-commands.js');
      await asClientCommand(() => printToken(url, options, terminal));
    });
}
