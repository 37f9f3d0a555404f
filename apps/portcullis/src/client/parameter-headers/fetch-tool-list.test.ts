import { type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMcpConnection } from '../mcp/mcp-connection.js';
import { createServerFetch } from '../server-fetch.js';
import {
  answerJson,
  type ScriptedServer,
  sendEvent,
  startEvents,
  startScriptedServer,
} from '../testing/scripted-server.js';
import { fetchToolList } from './fetch-tool-list.js';

let server: ScriptedServer;

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.close());

function asked(): JsonRpcMessage {
  const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28', 'example.com/trace': 'x' };
  const parsed = parseJsonRpc(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { _meta } }));
  if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('no message');
  return parsed.value.message;
}

async function names(): Promise<string[]> {
  const found: string[] = [];
  const connection = createMcpConnection({ serverUrl: server.url, fetch: createServerFetch(), note: () => {} });
  const take = ({ tools }: { readonly tools: readonly { readonly name: string }[] }): void =>
    void found.push(...tools.map(({ name }) => name));
  await fetchToolList(connection, asked(), take, new AbortController().signal);
  return found;
}

describe('a list of tools that is asked for', () => {
  it('is what answers the request, page by page; anything else is left out', async () => {
    server.script = ({ message: { id, params = {} } }, response) => {
      const result =
        params['cursor'] === 'n' ? { tools: [{ name: 'b' }] } : { tools: [{ name: 'a' }], nextCursor: 'n' };
      startEvents(response);
      sendEvent(response, { jsonrpc: '2.0', method: 'notifications/message', params: {} });
      sendEvent(response, { jsonrpc: '2.0', id: 1, result: { tools: [{ name: 'evil' }] } });
      sendEvent(response, { jsonrpc: '2.0', id, result });
      response.end();
    };
    expect(await names()).toEqual(['a', 'b']);
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    expect(server.seen.map(({ message }) => message.params)).toEqual([{ _meta }, { _meta, cursor: 'n' }]);
    expect(new Set(server.seen.map(({ message }) => message.id)).size).toBe(2);
  });

  it('fails where the server refuses it', async () => {
    server.script = ({ message: { id } }, response) =>
      answerJson(response, { jsonrpc: '2.0', id, error: { code: -32601, message: 'secret' } }, 404);
    await expect(names()).rejects.toMatchObject({ reason: 'refused', message: 'The server refused tools/list.' });
  });
});
