import type { Command } from 'commander';
import { addExamples, type Example } from '../cli/examples.js';
import { PROGRAM_NAME } from '../program-name.js';
import type { Terminal } from '../terminal.js';
import { addCallOptions, SIGN_IN_HELP, type SignInOptions } from './client-options.js';

const HEADER_HELP = `A header with a secret in it is written as --header 'Authorization: Bearer \${TOKEN}', which takes the value from the
variable TOKEN, or comes from --header-file. With an Authorization header of your own nobody signs in.`;

const CONNECT_EXAMPLES = [
  { line: 'connect https://mcp.example.com/mcp' },
  { line: 'connect https://mcp.example.com/mcp --profile work --no-sign-in' },
  { line: `connect https://mcp.example.com/mcp --header 'X-Api-Key: \${KEY}'` },
];
const CONNECT_MORE = `In the configuration of a client that starts stdio servers:
  { "mcpServers": { "example": { "command": "npx", "args": ["portcullis", "connect", "https://mcp.example.com/mcp"] } } }

Clients wait a minute or less for a server to start: sign in with "${PROGRAM_NAME} login URL" before. Standard output carries
the protocol alone; everything else is said on standard error.

${HEADER_HELP}

${SIGN_IN_HELP}`;

const TOOLS_EXAMPLES = [
  { line: 'tools https://mcp.example.com/mcp' },
  { line: 'tools https://mcp.example.com/mcp --json' },
];
const TOOLS_MORE = `The server is waited for 60 seconds at most, or as long as --timeout says.

${HEADER_HELP}

${SIGN_IN_HELP}`;

const CALL_EXAMPLES = [
  { line: 'call https://mcp.example.com/mcp list_notes' },
  { line: 'call https://mcp.example.com/mcp add_note \'{"name":"a","note":"b"}\'' },
  { line: 'call https://mcp.example.com/mcp add_note -', pipedFrom: 'cat arguments.json' },
];
const CALL_MORE = `Ends with 1 where the tool says that it failed. The tool is waited for an hour at most, or as long as --timeout says.

${HEADER_HELP}

${SIGN_IN_HELP}`;

/** Adds `portcullis connect`, `tools` and `call`. */
export function addCallCommands(program: Command, terminal: Terminal): void {
  const command = (usage: string, description: string, examples: readonly Example[], more: string): Command =>
    addExamples(
      addCallOptions(program.command(usage).description(description))
        .argument('<url>', 'the MCP server')
        .allowExcessArguments(false),
      examples,
      more,
    );

  command(
    'connect',
    'an MCP server over stdio, for a client that knows no OAuth',
    CONNECT_EXAMPLES,
    CONNECT_MORE,
  ).action(async (url: string, options: SignInOptions) => {
    const { asClientCommand } = await import('./client-command.js');
    const { connect } = await import('./connect.js');
    await asClientCommand(() => connect(url, options, terminal));
  });

  command('tools', 'list the tools of an MCP server', TOOLS_EXAMPLES, TOOLS_MORE)
    .option('--json', 'as JSON')
    .action(async (url: string, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { printTools } = await import('./call-tools.js');
      await asClientCommand(() => printTools(url, options, terminal));
    });

  command('call', 'call a tool of an MCP server', CALL_EXAMPLES, CALL_MORE)
    .argument('<tool>', 'its name')
    .argument('[json]', 'its arguments as one JSON object, or - for standard input (default: {})')
    .option('--json', 'the whole result, as JSON')
    .action(async (url: string, tool: string, json: string | undefined, options: SignInOptions) => {
      const { asClientCommand } = await import('./client-command.js');
      const { callTool } = await import('./call-tools.js');
      await asClientCommand(() => callTool(url, tool, json, options, terminal));
    });
}
