import type { Command } from 'commander';
import type { Terminal } from '../terminal.js';
import { addCallOptions, SIGN_IN_HELP, type SignInOptions } from './client-options.js';

const HEADER_HELP = `
A header with a secret in it is written as --header 'Authorization: Bearer \${TOKEN}', which takes the value from the
variable TOKEN, or comes from --header-file. With an Authorization header of your own nobody signs in.`;

const CONNECT_EXAMPLES = `
Examples:
  $ npx portcullis connect https://mcp.example.com/mcp
  $ npx portcullis connect https://mcp.example.com/mcp --profile work --no-sign-in
  $ npx portcullis connect https://mcp.example.com/mcp --header 'X-Api-Key: \${KEY}'

In the configuration of a client that starts stdio servers:
  { "mcpServers": { "example": { "command": "npx", "args": ["portcullis", "connect", "https://mcp.example.com/mcp"] } } }

Clients wait a minute or less for a server to start: sign in with "portcullis login URL" before. Standard output carries
the protocol alone; everything else is said on standard error.
${HEADER_HELP}
${SIGN_IN_HELP}`;

const TOOLS_EXAMPLES = `
Examples:
  $ npx portcullis tools https://mcp.example.com/mcp
  $ npx portcullis tools https://mcp.example.com/mcp --json
${HEADER_HELP}
${SIGN_IN_HELP}`;

const CALL_EXAMPLES = `
Examples:
  $ npx portcullis call https://mcp.example.com/mcp list_notes
  $ npx portcullis call https://mcp.example.com/mcp add_note '{"name":"a","note":"b"}'
  $ npx portcullis call https://mcp.example.com/mcp add_note - < arguments.json

Ends with 1 where the tool says that it failed.
${HEADER_HELP}
${SIGN_IN_HELP}`;

/** Adds `portcullis connect`, `tools` and `call`. */
export function addCallCommands(program: Command, terminal: Terminal): void {
  const command = (usage: string, description: string, help: string): Command =>
    addCallOptions(program.command(usage).description(description))
      .argument('<url>', 'the MCP server')
      .allowExcessArguments(false)
      .addHelpText('after', help);

  command('connect', 'an MCP server over stdio, for a client that knows no OAuth', CONNECT_EXAMPLES).action(
    async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { connect } = await import('./connect.js');
      await asClientCommand(() => connect(url, options, terminal));
    },
  );

  command('tools', 'list the tools of an MCP server', TOOLS_EXAMPLES)
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { printTools } = await import('./call-tools.js');
      await asClientCommand(() => printTools(url, options, terminal));
    });

  command('call', 'call a tool of an MCP server', CALL_EXAMPLES)
    .argument('<tool>', 'its name')
    .argument('[json]', 'its arguments as one JSON object, or - for standard input (default: {})')
    .option('--json', 'the whole result, as JSON')
    .action(async (url: string, tool: string, json: string | undefined, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { callTool } = await import('./call-tools.js');
      await asClientCommand(() => callTool(url, tool, json, options, terminal));
    });
}
