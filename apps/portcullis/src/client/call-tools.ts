import { type JsonObject, parseStrictJson } from '@portcullis/protocol';
import { formatJson } from '../cli/format-json.js';
import { ProgramError, usageError } from '../program-error.js';
import type { Terminal } from '../terminal.js';
import type { SignInOptions } from './client-options.js';
import { formatToolResult, formatTools } from './format-tools.js';
import { type McpClient, openMcpClient } from './mcp/mcp-client.js';
import { toRequestFailure } from './mcp/request-failure.js';
import { openConnection } from './open-connection.js';
import { createServerClock } from './server-clock.js';

const MAX_INPUT_BYTES = 8 * 1024 * 1024;
/** Unless `--timeout` says otherwise: for what a server knows without work: `initialize`, and all pages of its tools. */
const ANSWER_SECONDS = 60;
/** For a tool, which may work for long. */
const TOOL_SECONDS = 3600;

/** `portcullis tools URL` */
export async function printTools(url: string, options: SignInOptions, terminal: Terminal): Promise<void> {
  const tools = await withClient(url, options, terminal, ANSWER_SECONDS, (client) => client.listTools());
  terminal.stdout.write(`${options.json === true ? formatJson(tools) : formatTools(tools)}\n`);
}

/** `portcullis call URL TOOL [JSON]` @throws {ProgramError} where the tool says that it failed */
export async function callTool(
  url: string,
  tool: string,
  args: string | undefined,
  options: SignInOptions,
  terminal: Terminal,
): Promise<void> {
  const parsed = parseArguments(args === '-' ? await readInput(terminal) : (args ?? '{}'));
  const result = await withClient(url, options, terminal, TOOL_SECONDS, (client) => client.callTool(tool, parsed));
  terminal.stdout.write(`${options.json === true ? formatJson(result) : formatToolResult(result)}\n`);
  if (result['isError'] === true) throw new ProgramError('the tool says that it failed');
}

/** @param seconds - what `act` may take of the server's time, unless `--timeout` says otherwise */
async function withClient<Value>(
  url: string,
  options: SignInOptions,
  terminal: Terminal,
  seconds: number,
  act: (client: McpClient) => Promise<Value>,
): Promise<Value> {
  const clock = createServerClock();
  const connection = await openConnection(url, options, terminal, clock);
  try {
    clock.allow(options.timeout ?? ANSWER_SECONDS);
    const client = await openMcpClient(connection, clock.signal);
    clock.allow(options.timeout ?? seconds);
    return await act(client);
  } catch (error) {
    throw toRequestFailure(clock.signal.aborted ? clock.signal.reason : error);
  } finally {
    clock.stop();
    await connection.close();
  }
}

function parseArguments(text: string): JsonObject {
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw usageError('the arguments are no JSON; write them as one object: \'{"name":"value"}\'');
  const { value } = parsed.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw usageError('the arguments of a tool are one JSON object: \'{"name":"value"}\'');
  }
  return value as JsonObject;
}

async function readInput({ stdin }: Terminal): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stdin) {
    chunks.push(Buffer.from(chunk));
    size += chunk.length;
    if (size > MAX_INPUT_BYTES) throw usageError('standard input holds more than 8 MiB');
  }
  return Buffer.concat(chunks).toString('utf8');
}
