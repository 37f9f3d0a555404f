import { PassThrough } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createMcpConnection } from '../mcp/mcp-connection.js';
import { createServerFetch } from '../server-fetch.js';
import {
  answerJson,
  type ScriptedServer,
  sendEvent,
  startEvents,
  startScriptedServer,
} from '../testing/scripted-server.js';
import { type BridgeOptions, runBridge } from './bridge.js';

let server: ScriptedServer;

beforeEach(async () => {
  server = await startScriptedServer();
});

afterEach(() => server.close());

interface RunningBridge {
  readonly input: PassThrough;
  readonly lines: string[];
  readonly notes: string[];
  readonly done: Promise<void>;
  say(message: Record<string, unknown>): void;
  messages(): Record<string, unknown>[];
  stop(): void;
}

function bridge(options: Partial<BridgeOptions> = {}): RunningBridge {
  const input = new PassThrough();
  const lines: string[] = [];
  const notes: string[] = [];
  const stopping = new AbortController();
  const note = (sentence: string): void => void notes.push(sentence);
  const connection = createMcpConnection({ serverUrl: server.url, fetch: createServerFetch(), note });
  const streams = { input, write: async (line: string) => void lines.push(line), note };
  return {
    input,
    lines,
    notes,
    done: runBridge(connection, streams, { signal: stopping.signal, ...options }),
    say: (message) => void input.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`),
    messages: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>),
    stop: () => stopping.abort(),
  };
}

const failure = (id: unknown, code: number) => ({
  jsonrpc: '2.0',
  id,
  error: expect.objectContaining({ code, message: expect.any(String) }),
});

describe('the bridge', () => {
  it('sends each line as it stands, and writes what comes back as one line each', async () => {
    const text = '{ "jsonrpc":"2.0", "id":"a", "method":"tools/call", "params":{"n":1.0,"big":12345678901234567890} }';
    server.script = (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{\n"jsonrpc":"2.0","id":"a","result":{"u":"\u2028","n":1.0}\n}');
    const one = bridge();
    one.input.end(text);
    await one.done;
    expect(server.seen[0]?.body).toBe(text);
    expect(one.lines).toEqual(['{ "jsonrpc":"2.0","id":"a","result":{"u":"\\u2028","n":1.0} }']);
  });

  it('CX-07 answers what is no message and goes on', async () => {
    const one = bridge();
    const chunk = Buffer.alloc(1024 * 1024, 'x');
    for (let megabytes = 0; megabytes < 50; megabytes += 1) one.input.write(chunk);
    one.input.write('\n');
    one.input.write(Buffer.from([0x22, 0xff, 0xfe, 0x22, 0x0a]));
    one.input.write('{"jsonrpc":"2.0","id":1,"meth\n');
    one.input.write('\n  \n');
    one.input.write('[{"jsonrpc":"2.0","id":1,"method":"ping"}]\n');
    one.input.write('{"jsonrpc":"2.0","id":8,"method":"ping","params":[1]}\n');
    one.input.write('{"jsonrpc":"2.0",');
    await nextTurn();
    one.input.write('"id":9,"method":"ping"}\n');
    one.input.end();
    await one.done;
    expect(one.messages()).toEqual([
      failure(null, -32700),
      failure(null, -32700),
      failure(null, -32700),
      failure(null, -32600),
      failure(8, -32600),
      { jsonrpc: '2.0', id: 9, result: {} },
    ]);
    expect(server.seen).toHaveLength(1);
  });

  it('CX-07 holds no more of a line than a line may be long', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    const chunks: WeakRef<Buffer>[] = [];
    const held: number[] = [];
    async function* fiftyMegabytes(): AsyncGenerator<Buffer> {
      for (let megabytes = 1; megabytes <= 50; megabytes += 1) {
        const chunk = Buffer.alloc(1024 * 1024, 'x');
        chunks.push(new WeakRef(chunk));
        yield chunk;
        // What was looked at in this turn is let go of in the next one.
        if (megabytes % 10 !== 0) continue;
        await nextTurn();
        collectGarbage();
        await nextTurn();
        held.push(chunks.filter((one) => one.deref() !== undefined).length);
      }
    }
    const note = (): void => {};
    const connection = createMcpConnection({ serverUrl: server.url, fetch: createServerFetch(), note });
    const { signal } = new AbortController();
    const lines: string[] = [];
    const write = async (line: string): Promise<void> => void lines.push(line);
    await runBridge(connection, { input: fiftyMegabytes(), write, note }, { signal });
    expect(held).toHaveLength(5);
    expect(Math.max(...held)).toBeLessThan(10);
    expect(lines.map((line) => JSON.parse(line))).toEqual([failure(null, -32700)]);
  });

  it('CX-07 writes JSON-RPC only, and answers each request once, whatever the server makes up', async () => {
    server.script = ({ message: { id } }, response) => {
      startEvents(response);
      sendEvent(response, { jsonrpc: '2.0', id: 'unknown', result: {} });
      response.write('data: plain words\n\n');
      response.write('data: {"jsonrpc":"2.0","id":1,"result":{},"evil":1}\n\n');
      sendEvent(response, { jsonrpc: '2.0', id, result: { n: 1 } });
      sendEvent(response, { jsonrpc: '2.0', id, result: { n: 2 } });
      response.end();
    };
    const one = bridge();
    one.say({ id: 1, method: 'tools/list' });
    one.input.end();
    await one.done;
    expect(one.messages()).toEqual([{ jsonrpc: '2.0', id: 1, result: { n: 1 } }]);
    expect(one.notes.join(' ')).not.toContain('plain words');
  });

  it('CX-07 refuses an id that is in use, and more requests at once than it may have', async () => {
    server.script = () => {};
    const one = bridge({ maxRequests: 2 });
    one.say({ id: 1, method: 'a' });
    one.say({ id: 1, method: 'b' });
    one.say({ id: '1', method: 'c' });
    one.say({ id: 2, method: 'd' });
    await expect.poll(() => one.lines.length).toBe(2);
    expect(one.messages()).toEqual([failure(null, -32600), failure(2, -32000)]);
    await expect.poll(() => server.seen.length).toBe(2);
    one.stop();
    await one.done;
  });

  it('makes an error of a request that fails', async () => {
    server.script = (_request, response) => void response.writeHead(503, { 'retry-after': '7' }).end('sk-secret');
    const one = bridge();
    one.say({ id: 'x', method: 'tools/list' });
    one.input.end();
    await one.done;
    const message = 'The server answered with HTTP 503. It asks to be tried again in 7 s.';
    expect(one.messages()).toEqual([
      { jsonrpc: '2.0', id: 'x', error: { code: -32000, message, data: { reason: 'http_error' } } },
    ]);
  });

  it('keeps the order of a handshake, hears the server after it, and ends the session', async () => {
    let events: Parameters<ScriptedServer['script']>[1] | undefined;
    server.script = ({ method, message: { id, method: called } }, response) => {
      if (method === 'GET') {
        events = response;
        startEvents(response);
      } else if (called === 'initialize') {
        const result = { protocolVersion: '2025-06-18' };
        setTimeout(() => answerJson(response, { jsonrpc: '2.0', id, result }, 200, { 'mcp-session-id': 's' }), 50);
      } else if (id === undefined) {
        setTimeout(() => response.writeHead(202).end(), 50);
      } else {
        answerJson(response, { jsonrpc: '2.0', id, result: {} });
      }
    };
    const one = bridge();
    one.say({ id: 0, method: 'initialize', params: {} });
    one.say({ method: 'notifications/initialized' });
    one.say({ id: 1, method: 'tools/list' });
    await expect.poll(() => one.lines.length).toBe(2);
    await expect.poll(() => events !== undefined).toBe(true);
    const asked = { jsonrpc: '2.0', id: 7, method: 'ping' };
    if (events !== undefined) sendEvent(events, asked);
    await expect.poll(() => one.messages().at(-1)).toEqual(asked);
    one.input.end();
    await one.done;
    const posts = server.requests('POST');
    expect(posts.map(({ message }) => message.method)).toEqual([
      'initialize',
      'notifications/initialized',
      'tools/list',
    ]);
    expect(server.seen.slice(1).map(({ headers }) => headers['mcp-session-id'])).toEqual(['s', 's', 's', 's']);
    expect(server.seen.at(-1)?.method).toBe('DELETE');
  });

  it('waits for answers under way when the input ends, but not for ever', async () => {
    server.script = ({ message: { id } }, response) => {
      if (id === 1) setTimeout(() => answerJson(response, { jsonrpc: '2.0', id, result: {} }), 100);
    };
    const one = bridge({ drainSeconds: 1 });
    one.say({ id: 1, method: 'slow' });
    one.say({ id: 2, method: 'never' });
    one.input.end();
    await one.done;
    expect(one.messages()).toEqual([{ jsonrpc: '2.0', id: 1, result: {} }]);
  });

  it('cancels by closing the stream from 2026-07-28 on, and by telling the server before', async () => {
    const closed: unknown[] = [];
    server.script = ({ message: { id } }, response) => {
      if (id === undefined) return void response.writeHead(202).end();
      startEvents(response);
      response.on('close', () => void closed.push(id));
    };
    const _meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const one = bridge();
    one.say({ id: 1, method: 'tools/call', params: { name: 'x', _meta } });
    one.say({ id: 2, method: 'tools/call', params: { name: 'x' } });
    await expect.poll(() => server.seen.length).toBe(2);
    one.say({ method: 'notifications/cancelled', params: { requestId: 1, _meta } });
    await expect.poll(() => closed).toEqual([1]);
    expect(server.seen).toHaveLength(2);
    one.say({ method: 'notifications/cancelled', params: { requestId: 2 } });
    await expect.poll(() => server.seen.length).toBe(3);
    await expect.poll(() => closed).toEqual([1, 2]);
    expect(server.seen[2]?.message).toMatchObject({ method: 'notifications/cancelled', params: { requestId: 2 } });
    one.stop();
    await one.done;
    expect(one.lines).toEqual([]);
  });
});
