import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runProgram } from '../support/gate.js';
import { NOTES_SERVER } from '../support/paths.js';
import { freePort, type Running, start, until } from '../support/processes.js';

// The server is the official SDK's: it holds Mcp-Param-* headers against the body, and refuses a call without them.

let server: Running;
let url: string;

beforeAll(async () => {
  const port = await freePort();
  server = start(process.execPath, [NOTES_SERVER, 'http', String(port)]);
  url = `http://127.0.0.1:${port}/mcp`;
  await until('the server', async () => (server.stderr().includes(url) ? true : undefined));
});

afterAll(() => server?.stop());

const _meta = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'raw', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};
const add = (id: number, name: string) => ({
  jsonrpc: '2.0',
  id,
  method: 'tools/call',
  params: { name: 'add_note', arguments: { name, note: 'x' }, _meta },
});

describe('the headers of marked parameters', () => {
  it('are wanted by the official server', async () => {
    const headers = {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'add_note',
    };
    const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(add(1, 'bare')) });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: -32020 } });
  });

  it('are sent by the bridge as the official server wants them, whatever the argument, before any list', async () => {
    const names = ['plain', 'two words', ' padded ', 'Grüße, 世界', 'a\r\nx-evil: 1', 'a\tb', '=?base64?YQ==?='];
    const lines = names.map((name, index) => JSON.stringify(add(index, name)));
    const home = join(mkdtempSync(join(tmpdir(), 'portcullis-client-')), 'home');
    const ended = await runProgram(['connect', url], {
      env: { PORTCULLIS_HOME: home, PORTCULLIS_STORE_KEY: 'ab'.repeat(32) },
      input: `${lines.join('\n')}\n`,
    });
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    const answers = ended.stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: number; result?: { content: { text: string }[] } });
    expect(answers.sort((a, b) => a.id - b.id).map(({ result }) => result?.content[0]?.text)).toEqual(
      names.map((name) => `Kept "${name}".`),
    );
  });
});
