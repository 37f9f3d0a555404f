import { describe, expect, it } from 'vitest';
import { buildClientSnippets, type Snippet } from './client-snippets.js';

const URL_OF_SERVER = 'https://gate.example/files/mcp';

function snippet(client: string, mcpUrl = URL_OF_SERVER, name = 'files'): Snippet {
  const found = buildClientSnippets(mcpUrl, name).find((candidate) => candidate.client === client);
  if (found === undefined) throw new Error(`no snippet for ${client}`);
  return found;
}

describe('buildClientSnippets', () => {
  it('writes the commands of the command-line clients', () => {
    expect(snippet('Claude Code').code).toBe(`claude mcp add --transport http files ${URL_OF_SERVER}`);
    expect(snippet('Codex CLI').code).toBe(`codex mcp add files --url ${URL_OF_SERVER}\ncodex mcp login files`);
    expect(snippet('MCP Inspector').how).toContain(URL_OF_SERVER);
  });

  it('writes the files of the editors', () => {
    expect(JSON.parse(snippet('VS Code').code)).toEqual({ servers: { files: { type: 'http', url: URL_OF_SERVER } } });
    expect(JSON.parse(snippet('Cursor').code)).toEqual({ mcpServers: { files: { url: URL_OF_SERVER } } });
  });

  it('says of a loopback address that claude.ai cannot reach it, and of a public one that it must be reachable', () => {
    const client = 'Claude Desktop and claude.ai';
    for (const local of ['http://127.0.0.1:8808/mcp', 'http://localhost:8808/mcp', 'http://[::1]:8808/mcp']) {
      expect(snippet(client, local).how).toContain('on your computer only');
    }
    expect(snippet(client).how).toContain('must be reachable');
    expect(snippet(client).code).toBe(URL_OF_SERVER);
  });

  it.each([
    ['Everything Server', 'everything-server'],
    ['$(rm -rf ~); `x`', 'rm-rf-x'],
    ['--scope', 'scope'],
    ['日本', 'mcp'],
    ['', 'mcp'],
    [`${'a'.repeat(62)} b`, 'a'.repeat(62)],
  ])('reduces the name %j to a word that no shell or client takes apart', (name, word) => {
    expect(snippet('Claude Code', URL_OF_SERVER, name).code).toBe(
      `claude mcp add --transport http ${word} ${URL_OF_SERVER}`,
    );
  });

  it('quotes an address that a shell would take apart', () => {
    expect(snippet('Claude Code', 'http://[::1]:8808/mcp').code).toContain(" 'http://[::1]:8808/mcp'");
    expect(snippet('Codex CLI', "https://gate.example/it's?a&b").code).toContain(`'https://gate.example/it'\\''s?a&b'`);
  });
});
