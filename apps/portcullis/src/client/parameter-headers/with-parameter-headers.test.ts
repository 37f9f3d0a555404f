import { type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createMcpConnection, type McpConnection } from '../mcp/mcp-connection.js';
import { createServerFetch } from '../server-fetch.js';
import { answerJson, type ScriptedServer, startScriptedServer } from '../testing/scripted-server.js';
import { withParameterHeaders } from './with-parameter-headers.js';

let server: ScriptedServer;
let connection: McpConnection;
let notes: string[];
/** The header that the server wants the argument `region` in. */
let mark: string;
let mismatchStatus: number;

beforeAll(async () => {
  server = await startScriptedServer();
});

afterAll(() => server.close());

beforeEach(() => {
  notes = [];
  mark = 'Region';
  mismatchStatus = 400;
  server.seen.length = 0;
  const note = (sentence: string): void => void notes.push(sentence);
  connection = withParameterHeaders(
    createMcpConnection({ serverUrl: server.url, fetch: createServerFetch(), note }),
    note,
  );
  server.script = ({ message: { id, method, params = {} }, headers }, response) => {
    const args = (params['arguments'] ?? {}) as Record<string, unknown>;
    const isMissing =
      typeof args['region'] === 'string' && headers[`mcp-param-${mark.toLowerCase()}`] !== args['region'];
    if (method === 'tools/list') return answerJson(response, { jsonrpc: '2.0', id, result: pageOf(params['cursor']) });
    if (!isMissing) return answerJson(response, { jsonrpc: '2.0', id, result: {} });
    const error = { code: -32020, message: 'Header mismatch' };
    answerJson(response, { jsonrpc: '2.0', id, error }, mismatchStatus);
  };
});

const schema = (name: string) => ({ properties: { region: { type: 'string', 'x-mcp-header': name } } });

/** The tool is on the second page. */
function pageOf(cursor: unknown): Record<string, unknown> {
  const other = { name: 'other', inputSchema: schema('Other') };
  const query = { name: 'query', inputSchema: schema(mark) };
  return cursor === '2' ? { tools: [query] } : { tools: [other], nextCursor: '2' };
}

const SENDER = {
  'io.modelcontextprotocol/protocolVersion': '2026-07-28',
  'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
  'io.modelcontextprotocol/clientCapabilities': {},
};

function message(id: number, method: string, params: Record<string, unknown>): JsonRpcMessage {
  const json = { jsonrpc: '2.0', id, method, params: { _meta: { ...SENDER, progressToken: id }, ...params } };
  const parsed = parseJsonRpc(JSON.stringify(json));
  if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('no message');
  return parsed.value.message;
}

async function send(sent: JsonRpcMessage, signal = new AbortController().signal): Promise<Record<string, unknown>[]> {
  const taken: Record<string, unknown>[] = [];
  await connection.send(sent, async ({ text }) => void taken.push(JSON.parse(text)), signal);
  return taken;
}

const list = (id: number, cursor?: string) => message(id, 'tools/list', { cursor });
const call = (id: number, params: Record<string, unknown> = {}) =>
  message(id, 'tools/call', { name: 'query', arguments: { region: 'eu' }, ...params });
const ok = (id: number) => ({ jsonrpc: '2.0', id, result: {} });
const refused = (id: number) => ({ jsonrpc: '2.0', id, error: { code: -32020, message: 'Header mismatch' } });
const methods = () => server.seen.map((one) => one.message.method);

describe('a connection that repeats marked arguments in headers', () => {
  it('knows them from a list that went by', async () => {
    await send(list(1));
    expect((await send(list(2, '2')))[0]).toMatchObject({ id: 2, result: { tools: [{ name: 'query' }] } });
    expect(await send(call(3))).toEqual([ok(3)]);
    expect(await send(call(4, { name: 'other', arguments: { region: null } }))).toEqual([ok(4)]);
    expect(methods()).toEqual(['tools/list', 'tools/list', 'tools/call', 'tools/call']);
    expect(server.seen[2]?.headers).toMatchObject({ 'mcp-param-region': 'eu', 'mcp-name': 'query' });
    expect(server.seen[3]?.headers).not.toHaveProperty('mcp-param-other');
  });

  it('fetches the list where the server refuses, as the sender of the call, and calls again once', async () => {
    expect(await send(call(1))).toEqual([ok(1)]);
    expect(methods()).toEqual(['tools/call', 'tools/list', 'tools/list', 'tools/call']);
    const [first, page, next, again] = server.seen;
    expect(again?.body).toBe(first?.body);
    expect(page?.message.params).toEqual({ _meta: SENDER });
    expect(page?.headers).toMatchObject({ 'mcp-method': 'tools/list', 'mcp-protocol-version': '2026-07-28' });
    expect(next?.message.params).toEqual({ _meta: SENDER, cursor: '2' });
    expect(new Set(server.seen.map((one) => one.message.id)).size).toBe(3);
    // Another header from now on.
    mark = 'Place';
    expect(await send(call(2))).toEqual([ok(2)]);
    expect(server.seen.at(-1)?.headers).not.toHaveProperty('mcp-param-region');
  });

  it('fetches it once for all who wait, and goes on for the others where one gives up', async () => {
    const rest = server.script;
    const heldBack: (() => void)[] = [];
    server.script = (request, response) => {
      if (request.message.method === 'tools/list') heldBack.push(() => rest(request, response));
      else rest(request, response);
    };
    const stop = new AbortController();
    const calls = [send(call(1), stop.signal), send(call(2)), send(call(3))];
    const settled = Promise.allSettled(calls);
    await expect.poll(() => server.requests('tools/call').length).toBe(3);
    await expect.poll(() => heldBack.length).toBe(1);
    stop.abort(new Error('given up'));
    server.script = rest;
    for (const answer of heldBack) answer();
    expect(await settled).toEqual([
      { status: 'rejected', reason: new Error('given up') },
      { status: 'fulfilled', value: [ok(2)] },
      { status: 'fulfilled', value: [ok(3)] },
    ]);
    expect(server.requests('tools/list')).toHaveLength(2);
  });

  it('hands over the refusal where the list says nothing new, or cannot be had, and asks no more', async () => {
    const rest = server.script;
    server.script = (request, response) => {
      const { id, method } = request.message;
      if (method === 'tools/list') answerJson(response, { jsonrpc: '2.0', id, result: { tools: [] } });
      else rest(request, response);
    };
    expect(await send(call(1))).toEqual([refused(1)]);
    expect(methods()).toEqual(['tools/call', 'tools/list']);
    server.script = (request, response) => {
      if (request.message.method === 'tools/list') response.writeHead(503).end();
      else rest(request, response);
    };
    expect(await send(call(2))).toEqual([refused(2)]);
    expect(methods()).toEqual(['tools/call', 'tools/list', 'tools/call', 'tools/list']);
    expect(notes).toEqual(['The list of tools could not be fetched: The server answered with HTTP 503.']);
  });

  it('calls again once at most, whatever the server answers', async () => {
    const rest = server.script;
    server.script = (request, response) => {
      const { id, method } = request.message;
      if (method === 'tools/list') rest(request, response);
      else answerJson(response, refused(id as number), 400);
    };
    expect(await send(call(1))).toEqual([refused(1)]);
    expect(server.requests('tools/call')).toHaveLength(2);
    // The list has no end.
    server.script = ({ message: { id, method } }, response) => {
      if (method === 'tools/list') answerJson(response, { jsonrpc: '2.0', id, result: { tools: [], nextCursor: 'n' } });
      else answerJson(response, refused(id as number), 400);
    };
    server.seen.length = 0;
    expect(await send(call(2))).toEqual([refused(2)]);
    expect(methods()).toEqual(['tools/call', ...Array.from({ length: 100 }, () => 'tools/list')]);
  });

  it('makes no call twice that the server may have carried out', async () => {
    mismatchStatus = 200;
    expect(await send(call(1))).toEqual([refused(1)]);
    expect(methods()).toEqual(['tools/call']);
  });

  it('leaves messages of earlier revisions alone', async () => {
    await send(list(1, '2'));
    const _meta = {};
    expect(await send(call(2, { _meta }))).toEqual([refused(2)]);
    mark = 'no token';
    expect(JSON.stringify(await send(message(3, 'tools/list', { cursor: '2', _meta })))).toContain('no token');
    expect(methods()).toEqual(['tools/list', 'tools/call', 'tools/list']);
    expect(server.seen[1]?.headers).not.toHaveProperty('mcp-param-region');
  });

  it('CX-03 leaves out of a list what marks no header, and says so in clean words', async () => {
    await send(list(1, '2'));
    server.script = ({ message: { id, method } }, response) => {
      const bad = { name: 'query', inputSchema: schema('a\r\nauthorization: x') };
      const many = Array.from({ length: 12 }, (_, n) => ({ ...bad, name: `bad\u001b[2J\n${n}` }));
      const result = method === 'tools/list' ? { tools: [bad, ...many, { name: 'good' }] } : {};
      answerJson(response, { jsonrpc: '2.0', id, result });
    };
    expect(await send(list(2))).toEqual([{ jsonrpc: '2.0', id: 2, result: { tools: [{ name: 'good' }] } }]);
    expect(notes).toHaveLength(11);
    expect(notes.slice(0, 2)).toEqual([
      'The tool query was left out of the list: a mark is no header name (x-mcp-header).',
      'The tool bad[2J0 was left out of the list: a mark is no header name (x-mcp-header).',
    ]);
    expect(notes.at(-1)).toBe('3 more tools were left out for the like.');
    // What an earlier list said of it is not used.
    await send(call(3));
    expect(Object.keys(server.seen.at(-1)?.headers ?? {}).filter((name) => name.startsWith('mcp-param-'))).toEqual([]);
  });

  it('forgets what it knew when it ends', async () => {
    await send(list(1, '2'));
    await connection.close();
    mismatchStatus = 200;
    expect(await send(call(2))).toEqual([refused(2)]);
  });
});
