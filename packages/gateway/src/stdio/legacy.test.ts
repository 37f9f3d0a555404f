import { afterEach, describe, expect, it } from 'vitest';
import { ALICE, Bench, BOB, until } from './testing/bench.js';
import type { RecordedReply } from './testing/recorded-reply.js';

let bench = new Bench();
async function open(...parameters: ConstructorParameters<typeof Bench>): Promise<string> {
  bench = new Bench(...parameters);
  return bench.initialize();
}
afterEach(() => bench.upstream.close(0));

const post = (sessionId: string | undefined, message: Record<string, unknown>, accept?: string) =>
  bench.post(message, { era: 'legacy', sessionId, ...(accept === undefined ? {} : { accept }) });
const get = (sessionId: string | undefined) => bench.exchange('GET', undefined, { era: 'legacy', sessionId });
const methods = (reply: RecordedReply) => reply.events.map((event) => JSON.parse(event).method ?? 'response');

describe('session', () => {
  it('GW-12 gives each a process of its own and an id of 256 random bits', async () => {
    const first = await open();
    const second = await bench.initialize();
    expect(first).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const pids = [];
    for (const id of [first, second, first]) pids.push((await post(id, { id: 1, method: 'pid' }).over).result['pid']);
    expect(pids[0]).toBe(pids[2]);
    expect(pids[0]).not.toBe(pids[1]);
    expect(bench.events.filter((event) => event.type === 'upstream.started')).toHaveLength(2);
  });

  it('GW-12 is unknown to another caller, in POST, GET and DELETE, and survives the attempt', async () => {
    const sessionId = await open();
    const variation = { era: 'legacy', sessionId, caller: BOB } as const;
    const attempts = [
      bench.post({ id: 1, method: 'pid' }, variation),
      bench.exchange('GET', undefined, variation),
      bench.exchange('DELETE', undefined, variation),
    ];
    for (const reply of attempts) expect([reply.status, reply.json.error?.code]).toEqual([404, -32001]);
    expect((await post(sessionId, { id: 1, method: 'pid' }).over).status).toBe(200);
  });

  it('ends with DELETE', async () => {
    const sessionId = await open();
    expect(bench.exchange('DELETE', undefined, { era: 'legacy', sessionId }).status).toBe(204);
    expect(post(sessionId, { id: 1, method: 'pid' }).status).toBe(404);
    await until(() => bench.upstream.processCount() === 0);
    expect(bench.reasons('upstream.stopped')).toEqual(['session_deleted']);
  });

  it('is asked for wherever it is missing', async () => {
    await open();
    const replies = [
      post(undefined, { id: 1, method: 'pid' }),
      post(undefined, { method: 'notifications/initialized' }),
      get(undefined),
      bench.exchange('DELETE', undefined, { era: 'legacy' }),
    ];
    for (const reply of replies) {
      expect([reply.status, reply.json.error]).toEqual([
        400,
        { code: -32000, message: 'Mcp-Session-Id header is required' },
      ]);
    }
  });

  it('does not come to be when the server refuses initialize', async () => {
    bench = new Bench();
    const reply = await post(undefined, { id: 0, method: 'initialize', params: { refuse: true } }).over;
    expect([reply.status, reply.headers['mcp-session-id'], reply.json.error?.code]).toEqual([200, undefined, -32602]);
    await until(() => bench.upstream.processCount() === 0);
  });

  it('does not come to be when the client leaves during initialize', async () => {
    bench = new Bench();
    const reply = post(undefined, { id: 0, method: 'initialize' });
    reply.close('client_gone');
    await until(() => bench.upstream.processCount() === 0);
    expect(bench.reasons('upstream.stopped')).toEqual(['initialize_failed']);
  });

  it('answers 502 when the command does not exist', async () => {
    bench = new Bench({ command: '/nowhere/server' });
    const reply = await post(undefined, { id: 0, method: 'initialize' }).over;
    expect([reply.status, reply.json.error]).toEqual([
      502,
      { code: -32000, message: 'The server could not be started' },
    ]);
    expect(bench.events.map((event) => [event.type, event.reason, event.detail])).toEqual([
      ['upstream.failed', 'command_not_found', '/nowhere/server: ENOENT'],
    ]);
  });

  it('is gone after a crash: 502 for what was open, 404 from then on', async () => {
    const sessionId = await open();
    const standing = get(sessionId);
    expect((await post(sessionId, { id: 1, method: 'crash' }).over).status).toBe(502);
    expect(standing.why).toBe('finished');
    expect(post(sessionId, { id: 2, method: 'pid' }).status).toBe(404);
  });
});

describe('standing stream', () => {
  it('is one per session: a second one takes its place', async () => {
    const sessionId = await open();
    const first = get(sessionId);
    expect([first.status, first.headers['content-type']]).toEqual([200, 'text/event-stream']);
    const second = get(sessionId);
    expect([second.status, first.why]).toEqual([200, 'finished']);
    second.close('client_gone');
    expect(get(sessionId).status).toBe(200);
  });

  it('is refused to a client that does not take one', async () => {
    const sessionId = await open();
    const variation = { era: 'legacy', sessionId, accept: 'application/json' } as const;
    expect(bench.exchange('GET', undefined, variation).status).toBe(406);
  });

  it('takes what is tied to no request, before any call stream', async () => {
    const sessionId = await open();
    const standing = get(sessionId);
    const call = await post(sessionId, { id: 1, method: 'log' }).over;
    expect(call.headers['content-type']).toBe('application/json');
    expect(methods(standing)).toEqual(['notifications/message']);
  });

  it('gets what was said while nobody listened', async () => {
    const sessionId = await open();
    await post(sessionId, { id: 1, method: 'log' }, 'application/json').over;
    expect(methods(get(sessionId))).toEqual(['notifications/message']);
  });

  it('follows the progress of a task under the token of the client', async () => {
    const sessionId = await open();
    const standing = get(sessionId);
    const params = { task: { ttl: 1000 }, _meta: { progressToken: 'tok' } };
    await post(sessionId, { id: 1, method: 'task', params }).over;
    await until(() => standing.events.length === 1);
    expect(JSON.parse(standing.events[0] ?? '').params).toEqual({ progressToken: 'tok', progress: 5 });
  });
});

describe('requests of the server', () => {
  it('travel on the open call, and only an answer to an open one goes back', async () => {
    const sessionId = await open();
    const call = post(sessionId, { id: 1, method: 'sample' });
    await until(() => call.events.length === 1);
    expect(JSON.parse(call.events[0] ?? '')).toMatchObject({ id: 'srv-1', method: 'sampling/createMessage' });
    expect(post(sessionId, { id: 'srv-2', result: { forged: 1 } }).status).toBe(202);
    expect(post(sessionId, { id: 'srv-1', result: { text: 'hi' } }).status).toBe(202);
    expect((await call.over).json.result).toEqual({ answered: { text: 'hi' } });
    expect(post(sessionId, { id: 'srv-1', result: { text: 'again' } }).status).toBe(202);
    const seen = await post(sessionId, { id: 2, method: 'seen' }).over;
    const answers = (seen.result['seen'] as string[]).filter((line) => line.includes('"result"'));
    expect(answers).toEqual(['{"jsonrpc":"2.0","id":"srv-1","result":{"text":"hi"}}']);
  });
});

describe('cancellation by the client', () => {
  it('reaches the server under its own id, ends the answer, and an unknown one goes to nobody', async () => {
    const sessionId = await open();
    const call = post(sessionId, { id: 'mine', method: 'silent' });
    const cancel = (requestId: unknown) => {
      const cancelled = { method: 'notifications/cancelled', params: { requestId, reason: 'r' } };
      expect(post(sessionId, cancelled).status).toBe(202);
    };
    for (const requestId of ['unknown', 1, null]) cancel(requestId);
    expect(call.closed).toBe(false);
    cancel('mine');
    expect((await call.over).body).toBe('');
    const seen = (await post(sessionId, { id: 2, method: 'seen' }).over).result['seen'] as string[];
    const messages = seen.map((line) => JSON.parse(line));
    const asked = messages.find((message) => message.method === 'silent');
    const told = messages.filter((message) => message.method === 'notifications/cancelled');
    expect(told.map((message) => message.params)).toEqual([{ requestId: asked.id, reason: 'r' }]);
  });
});

describe('batch (2025-03-26)', () => {
  const body = JSON.stringify([
    { jsonrpc: '2.0', id: 1, method: 'hold', params: { name: 'a' } },
    { jsonrpc: '2.0', method: 'notifications/x' },
    { jsonrpc: '2.0', id: 2, method: 'release', params: { names: ['a'] } },
  ]);

  it('ends its stream when all requests are answered', async () => {
    const sessionId = await open();
    const reply = await bench.exchange('POST', body, { era: 'legacy', sessionId }).over;
    expect(reply.events.map((event) => JSON.parse(event).id)).toEqual([1, 2]);
  });

  it('is a JSON array for a client that takes no stream', async () => {
    const sessionId = await open();
    const variation = { era: 'legacy', sessionId, accept: 'application/json' } as const;
    const reply = await bench.exchange('POST', body, variation).over;
    expect(JSON.parse(reply.body)).toEqual([
      { jsonrpc: '2.0', id: 1, result: { name: 'a' } },
      { jsonrpc: '2.0', id: 2, result: {} },
    ]);
  });
});

describe('limits', () => {
  it('refuses what is beyond the limit of a caller with a clear 503, and takes a session again after one ended', async () => {
    const first = await open({ limits: { perCaller: 2 } });
    await bench.initialize();
    const refused = post(undefined, { id: 0, method: 'initialize' });
    expect([refused.status, refused.reason, refused.json.error]).toEqual([
      503,
      'caller_limit',
      { code: -32000, message: 'You already run 2 server processes, the most one caller may' },
    ]);
    await bench.initialize({ caller: BOB });
    bench.exchange('DELETE', undefined, { era: 'legacy', sessionId: first });
    await until(() => bench.upstream.processCount() === 2);
    await bench.initialize();
  });

  it('makes room by ending the session its caller abandoned, never one that is in use', async () => {
    const watched = await open({ limits: { perCaller: 2, abandonedSeconds: 0.2 } });
    const standing = get(watched);
    const abandoned = await bench.initialize();
    expect(post(undefined, { id: 0, method: 'initialize' }).reason).toBe('caller_limit');
    await new Promise((resolve) => setTimeout(resolve, 300));
    const third = await bench.initialize();
    expect(post(abandoned, { id: 1, method: 'pid' }).status).toBe(404);
    for (const id of [watched, third]) expect((await post(id, { id: 1, method: 'pid' }).over).status).toBe(200);
    await until(() => bench.reasons('upstream.stopped').length > 0);
    expect(bench.reasons('upstream.stopped')).toEqual(['abandoned']);
    standing.close('client_gone');
  });

  it('refuses what is beyond the limit of all', async () => {
    await open({ limits: { total: 1 } });
    const refused = bench.post({ id: 0, method: 'initialize' }, { era: 'legacy', caller: BOB });
    expect([refused.status, refused.reason]).toEqual([503, 'total_limit']);
    expect(bench.post({ id: 0, method: 'pid' }).reason).toBe('total_limit');
  });

  it('is checked for sense at the start', () => {
    expect(() => new Bench({ limits: { perCaller: 0 } })).toThrow(RangeError);
  });
});

describe('idle time', () => {
  it('ends a session that is not used', async () => {
    const sessionId = await open({ limits: { idleSeconds: 0.3 } });
    await until(() => bench.upstream.processCount() === 0);
    expect(bench.reasons('upstream.stopped')).toEqual(['idle']);
    expect(post(sessionId, { id: 1, method: 'pid' }).status).toBe(404);
  });

  it('does not run while a call or a standing stream is open', async () => {
    const sessionId = await open({ limits: { idleSeconds: 0.2 } });
    const call = post(sessionId, { id: 1, method: 'later', params: { milliseconds: 500 } });
    expect((await call.over).json.result).toEqual({});
    const standing = get(sessionId);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(post(sessionId, { method: 'notifications/x' }).status).toBe(202);
    standing.close('client_gone');
    await until(() => bench.upstream.processCount() === 0);
  });
});

describe('end of a process', () => {
  it('comes to a server that ignores its closed input and SIGTERM', async () => {
    await open({}, 'stubborn');
    bench.upstream.dropCaller(ALICE);
    await until(() => bench.upstream.processCount() === 0, 10_000);
    expect(bench.reasons('upstream.stopped')).toEqual(['caller_dropped']);
  });
});
