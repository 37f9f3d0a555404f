import { basename } from 'node:path';
import { isLoopbackHost } from './public-url.js';
import type { UpstreamInput } from './schema/upstream-schema.js';

/** Programs that start another one: the server is what they are given. */
const LAUNCHERS = /^(?:npx|node|bunx|uvx|python3?)$/;
const YES = new Set(['-y', '--yes', '-m']);

/**
 * What an upstream without a name is called on pages and in the metadata of its resource. On a gate that only this computer
 * reaches it is told by the upstream, since the address of the gate says nothing there. Beyond it by the public host:
 * anybody may read the metadata, and where the upstream listens is nobody's business.
 */
export function defaultDisplayName({ url, command, args }: UpstreamInput, publicUrl: string): string {
  const gate = new URL(publicUrl);
  if (!isLoopbackHost(gate.hostname)) return `MCP server at ${gate.host}`;
  if (url !== undefined) return `MCP server at ${new URL(url).host}`;
  return command === undefined ? 'MCP server' : `MCP server ${nameOfCommand(command, args ?? [])}`;
}

function nameOfCommand(command: string, args: readonly string[]): string {
  const program = basename(command);
  if (!LAUNCHERS.test(program)) return program;
  const launched = args.find((arg) => !YES.has(arg));
  // What follows another option may be its value.
  return launched === undefined || launched.startsWith('-') ? program : packageOrFile(launched);
}

/** `server.js` of a path to it; a package, with the scope that is part of its name, as it is. */
function packageOrFile(text: string): string {
  return text.startsWith('@') ? text : basename(text);
}
