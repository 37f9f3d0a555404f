import { parseUrl } from '@portcullis/protocol';
/** How to add an MCP server to one client. */
export interface Snippet {
  /** The client's name. */
  readonly client: string;
  /** What `code` is written in; `text` for something to paste into a field. */
  readonly language: 'json' | 'sh' | 'text';
  /** What to do with `code`, in one or two sentences. */
  readonly how: string;
  /** What to copy. May have several lines. */
  readonly code: string;
}

/**
 * Builds copy-paste instructions for the common MCP clients. `name` is what the server will be called in them; it is
 * reduced to `a-z`, `0-9` and `-`, since clients make tool names of it. The URL appears unchanged, quoted for a POSIX
 * shell where it needs that.
 *
 * Does not check that the URL answers. For a loopback URL the claude.ai entry says that it cannot be reached from there.
 */
export function buildClientSnippets(mcpUrl: string, name: string): readonly Snippet[] {
  const server = serverName(name);
  const url = shellWord(mcpUrl);
  return [
    {
      client: 'Claude Code',
      language: 'sh',
      how: 'Run this in a terminal, then choose the server under /mcp in Claude Code to sign in.',
      code: `claude mcp add --transport http ${server} ${url}`,
    },
    {
      client: 'Claude Desktop and claude.ai',
      language: 'text',
      how: isLoopback(mcpUrl)
        ? 'Settings, Connectors, Add custom connector takes a public address. This one exists on your computer only, and Claude connects from the internet: it works there once the gate has a public https address.'
        : 'Settings, Connectors, Add custom connector: paste this address. Claude connects from the internet, so the address must be reachable from there.',
      code: mcpUrl,
    },
    {
      client: 'VS Code',
      language: 'json',
      how: 'Put this into .vscode/mcp.json of your workspace and press Start above the entry.',
      code: formatJson({ servers: { [server]: { type: 'http', url: mcpUrl } } }),
    },
    {
      client: 'Cursor',
      language: 'json',
      how: 'Put this into ~/.cursor/mcp.json, then sign in under Settings, MCP.',
      code: formatJson({ mcpServers: { [server]: { url: mcpUrl } } }),
    },
    {
      client: 'Codex CLI',
      language: 'sh',
      how: 'Run both in a terminal; the second opens the sign-in.',
      code: `codex mcp add ${server} --url ${url}\ncodex mcp login ${server}`,
    },
    {
      client: 'MCP Inspector',
      language: 'sh',
      how: `Run this in a terminal, choose the transport Streamable HTTP, and connect to ${mcpUrl}`,
      code: 'npx @modelcontextprotocol/inspector',
    },
  ];
}

/** The name a client is told: lower-case ASCII words joined by hyphens, `mcp` when nothing is left. */
function serverName(name: string): string {
  const words = name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 63)
    .replace(/^-+|-+$/g, '');
  return words || 'mcp';
}

/** Quotes what a shell would take apart, an IPv6 literal's brackets included. */
function shellWord(word: string): string {
  return /^[\w./:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

function isLoopback(url: string): boolean {
  const hostname = parseUrl(url)?.hostname ?? '';
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d+){3}$/.test(hostname);
}

function formatJson(value: unknown): string {
  return JSON.stringify(value, undefined, 2);
}
