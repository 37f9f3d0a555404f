import { type JsonRpcMessage, parseJsonRpc } from '@portcullis/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createServerFetch } from '../server-fetch.js';
import {
  answerJson,
  type ScriptedServer,
  sendEvent,
  startEvents,
  startScriptedServer,
} from '../testing/scripted-server.js';
import { createMcpConnection, type McpConnection } from './mcp-connection.js';

let server: ScriptedServer;
let connection: McpConnection;
let notes: string[];
let stop: AbortController;

beforeEach(async () => {
  server = await startScriptedServer();
  notes = [];
  stop = new AbortController();
  connection = createMcpConnection({
    serverUrl: server.url,
    fetch: createServerFetch(),
    headers: { 'x-extra': 'yes' },
    note: (sentence) => void notes.push(sentence),
  });
});

afterEach(async () => {
  stop.abort();
  await server.close();
});

function message(json: Record<string, unknown>): JsonRpcMessage {
  const parsed = parseJsonRpc(JSON.stringify({ jsonrpc: '2.0', ...json }));
  if (!parsed.ok || parsed.value.kind !== 'single') throw new Error('no message');
  return parsed.value.message;
}

const INITIALIZE = message({ id: 0, method: 'initialize', params: { protocolVersion: '2025-11-25' } });
const LIST = message({ id: 1, method: 'tools/list' });

async function send(sent: JsonRpcMessage): Promise<Record<string, unknown>[]> {
  const taken: Record<string, unknown>[] = [];
  await connection.send(sent, async ({ text }) => void taken.push(JSON.parse(text)), stop.signal);
  return taken;
}

/** Answers `initialize` with a session, and hands everything else to `rest`. */
function withSession(rest: ScriptedServer['script'], sessions = ['session-1']): void {
  server.script = (request, response) => {
    if (request.message.method !== 'initialize') return rest(request, response);
    const result = { protocolVersion: '2025-11-25' };
    const id = sessions.length > 1 ? sessions.shift() : sessions[0];
    answerJson(response, { jsonrpc: '2.0', id: request.message.id, result }, 200, { 'mcp-session-id': id ?? '' });
  };
}

describe('a session', () => {
  it('sends the session and the revision that were agreed on, and ends the session', async () => {
    withSession(({ message: { id } }, response) => answerJson(response, { jsonrpc: '2.0', id, result: {} }));
    await send(INITIALIZE);
    await send(LIST);
    await connection.close();
    const [first, second, last] = server.seen;
    expect(first?.headers).not.toHaveProperty('mcp-session-id');
    expect(second?.headers).toMatchObject({
      'mcp-session-id': 'session-1',
      'mcp-protocol-version': '2025-11-25',
      accept: 'application/json, text/event-stream',
      'x-extra': 'yes',
      'content-length': String(LIST.text.length),
    });
    expect(last).toMatchObject({ method: 'DELETE', headers: { 'mcp-session-id': 'session-1' } });
  });

  it('begins anew when the server has ended it, once for all who wait, and sends again', async () => {
    withSession(
      ({ message: { id }, headers }, response) => {
        if (headers['mcp-session-id'] !== 'session-2') return answerJson(response, {}, 404);
        if (id === undefined) return void response.writeHead(202).end();
        answerJson(response, { jsonrpc: '2.0', id, result: { again: true } });
      },
      ['session-1', 'session-2'],
    );
    await send(INITIALIZE);
    const answers = await Promise.all([1, 2, 3].map((id) => send(message({ id, method: 'tools/list' }))));
    expect(answers.flat()).toEqual([1, 2, 3].map((id) => ({ jsonrpc: '2.0', id, result: { again: true } })));
    expect(server.requests('initialize')).toHaveLength(2);
    expect(server.requests('notifications/initialized')).toHaveLength(1);
    expect(notes).toEqual(['The server had ended the session; a new one was opened.']);
  });

  it('is none of a request of 2026-07-28', async () => {
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    withSession(({ message: { id } }, response) => answerJson(response, { jsonrpc: '2.0', id, result: {} }));
    await send(INITIALIZE);
    await send(message({ id: 1, method: 'tools/call', params: { name: 'x', _meta } }));
    const { headers } = server.requests('tools/call')[0] ?? {};
    expect(headers).toMatchObject({
      'mcp-protocol-version': '2026-07-28',
      'mcp-method': 'tools/call',
      'mcp-name': 'x',
    });
    expect(headers).not.toHaveProperty('mcp-session-id');
  });
});

describe('answers', () => {
  it('are handed over as they arrive, until the response', async () => {
    const progress = { jsonrpc: '2.0', method: 'notifications/progress', params: { progress: 1 } };
    const result = { jsonrpc: '2.0', id: 1, result: { n: 1 } };
    let isClosed = false;
    server.script = (_request, response) => {
      startEvents(response);
      sendEvent(response, progress);
      response.write('data: no json\n\n');
      sendEvent(response, result);
      // The server leaves the stream open.
      response.on('close', () => {
        isClosed = true;
      });
    };
    expect(await send(LIST)).toEqual([progress, result]);
    expect(notes).toEqual(['The server sent an event that is no JSON-RPC message; it was left out.']);
    await expect.poll(() => isClosed).toBe(true);
  });

  it('go on after a stream that broke off, from its last event', async () => {
    const result = { jsonrpc: '2.0', id: 1, result: {} };
    server.script = ({ method, headers }, response) => {
      startEvents(response);
      if (method === 'POST') {
        response.end('id: 5\nretry: 1\ndata:\n\n');
      } else {
        sendEvent(response, result, headers['last-event-id'] === '5' ? '6' : 'wrong');
        response.end();
      }
    };
    expect(await send(LIST)).toEqual([result]);
    expect(server.requests('GET')[0]?.headers['last-event-id']).toBe('5');
  });

  it.each([
    [
      'a stream without response',
      (response) => void response.writeHead(200, { 'content-type': 'text/event-stream' }).end(),
      'answer_incomplete',
    ],
    ['HTML', (response) => void response.writeHead(200, { 'content-type': 'text/html' }).end('<p>'), 'no_json'],
    ['no JSON-RPC', (response) => answerJson(response, { hello: 1 }), 'no_json_rpc'],
    ['HTTP 500', (response) => void response.writeHead(500).end('secret'), 'http_error'],
    ['a redirect', (response) => void response.writeHead(307, { location: 'http://127.0.0.1:9/' }).end(), 'http_error'],
    ['a lost connection', (response) => void response.destroy(), 'server_unreachable'],
  ] as [string, (response: Parameters<ScriptedServer['script']>[1]) => void, string][])(
    'that are %s fail in our words',
    async (_name, answer, reason) => {
      server.script = (_request, response) => answer(response);
      const { toRequestFailure } = await import('./request-failure.js');
      const failure = toRequestFailure(await send(LIST).catch((error: unknown) => error));
      expect(failure.reason).toBe(reason);
      expect(failure.message).not.toContain('secret');
      expect(server.seen).toHaveLength(1);
    },
  );

  it('with a JSON-RPC error and no id are the response to the request', async () => {
    const error = { code: -32000, message: 'Server not initialized' };
    server.script = (_request, response) => answerJson(response, { jsonrpc: '2.0', id: null, error }, 400);
    expect(await send(LIST)).toEqual([{ jsonrpc: '2.0', id: 1, error }]);
  });
});

describe('what the server says by itself', () => {
  const said = { jsonrpc: '2.0', method: 'notifications/tools/list_changed' };

  it('is heard again after the stream broke off, from its last event', async () => {
    const heard: unknown[] = [];
    let opened = 0;
    server.script = (_request, response) => {
      opened += 1;
      startEvents(response);
      if (opened > 2) return;
      sendEvent(response, said, String(opened));
      response.end();
    };
    const listening = connection.listen(async ({ text }) => void heard.push(JSON.parse(text)), stop.signal);
    await expect.poll(() => opened, { timeout: 10_000 }).toBe(3);
    expect(heard).toEqual([said, said]);
    expect(server.requests('GET').map(({ headers }) => headers['last-event-id'])).toEqual([undefined, '1', '2']);
    stop.abort();
    await listening;
  });

  it('is nothing where the server has no such stream', async () => {
    server.script = (_request, response) => void response.writeHead(405).end();
    await connection.listen(async () => {}, stop.signal);
    expect(server.seen).toHaveLength(1);
  });
});
