import { afterEach, describe, expect, it } from 'vitest';
import { ALICE, Bench, BOB, MODERN_META, until, type Variation } from './testing/bench.js';

let bench = new Bench();
function start(...parameters: ConstructorParameters<typeof Bench>): Bench {
  bench = new Bench(...parameters);
  return bench;
}
afterEach(() => bench.upstream.close(0));

async function ask(method: string, params: Record<string, unknown> = {}, variation: Variation = {}) {
  return bench.post({ id: 1, method, params: { _meta: MODERN_META, ...params } }, variation).over;
}

describe('one process per caller', () => {
  it('F-09 keeps requests apart that have the same id, whatever order they are answered in', async () => {
    start();
    const first = bench.post({ id: 1, method: 'hold', params: { name: 'first' } });
    const second = bench.post({ id: 1, method: 'hold', params: { name: 'second' } });
    const third = bench.post({ id: '1', method: 'hold', params: { name: 'third' } });
    await ask('release', { names: ['third', 'second', 'first'] });
    expect([first, second, third].map((reply) => reply.json)).toEqual([
      { jsonrpc: '2.0', id: 1, result: { name: 'first' } },
      { jsonrpc: '2.0', id: 1, result: { name: 'second' } },
      { jsonrpc: '2.0', id: '1', result: { name: 'third' } },
    ]);
    expect(bench.upstream.processCount()).toBe(1);
  });

  it('runs another process for another caller', async () => {
    start();
    const [alices, bobs] = await Promise.all([ask('pid'), ask('pid', {}, { caller: BOB })]);
    expect(alices.result['pid']).not.toBe(bobs.result['pid']);
    expect((await ask('pid')).json.result).toEqual(alices.json.result);
  });

  it('F-09 gives answers and progress that belong to no open request of the caller to nobody', async () => {
    start();
    const bystander = bench.post({ id: 7, method: 'hold', params: { name: 'x', _meta: { progressToken: 't' } } });
    const tokenless = bench.post({ id: 8, method: 'hold', params: { name: 'y' } });
    const foreign = await ask('foreign');
    const progress = await ask('progress', { _meta: { progressToken: 'client-token' } });
    expect(foreign.json.result).toEqual({ mine: true });
    expect(progress.events.map((event) => JSON.parse(event).params)).toEqual([
      { progressToken: 'client-token', progress: 1 },
      { progressToken: 'client-token', progress: 2 },
      undefined,
    ]);
    expect([bystander.body, tokenless.body]).toEqual(['', '']);
  });

  it('lets numbers pass that a double cannot hold, both ways', async () => {
    start();
    const body = '{"jsonrpc":"2.0", "id" : 5,\n "method":"silent","params":{"n":9007199254740993,"m":1.10}}';
    bench.exchange('POST', body);
    const seen = (await ask('seen')).result['seen'] as string[];
    expect(seen[0]).toBe('{"jsonrpc":"2.0", "id" : 1,  "method":"silent","params":{"n":9007199254740993,"m":1.10}}');
    expect((await ask('big')).body).toBe('{"jsonrpc":"2.0","id":1,"result":{"n":9007199254740993,"m":1.10}}');
  });

  it('GW-09 lets no string break into a second line of the server', async () => {
    start();
    const smuggled = '\u2028{"jsonrpc":"2.0","id":66,"method":"crash"}\u2028';
    expect((await ask('env', { text: smuggled })).status).toBe(200);
    const seen = (await ask('seen')).result['seen'] as string[];
    expect(seen).toHaveLength(2);
    expect(JSON.parse(seen[0] ?? '').params.text).toBe(smuggled);
  });

  it('starts anew after a crash, and says what happened', async () => {
    start();
    const bystander = bench.post({ id: 2, method: 'hold', params: { name: 'x' } });
    const crashed = await ask('crash');
    expect([crashed.status, crashed.json.error?.code, crashed.reason]).toEqual([502, -32000, 'upstream_crashed']);
    expect(bystander.status).toBe(502);
    const failed = bench.events.find((event) => event.type === 'upstream.failed');
    expect(failed).toMatchObject({ reason: 'crashed', detail: 'exit code 3', subject: 'alice', upstream: 'scripted' });
    expect((await ask('pid')).status).toBe(200);
  });

  it('F-09 ends an open stream with an error of the request when the server crashes', async () => {
    start();
    const reply = await ask('logThenCrash');
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ id: 1, error: { code: -32000 } });
    expect(reply.why).toBe('finished');
  });
});

describe('what a server must not do', () => {
  it('ignores what is no JSON-RPC and records it once', async () => {
    start();
    expect((await ask('garbage')).json.result).toEqual({ after: 'garbage' });
    await ask('garbage');
    expect(bench.reasons('upstream.failed')).toEqual(['stdout_not_json_rpc']);
  });

  it('F-09 answers 502 for an answer with two readings', async () => {
    start();
    const reply = await ask('malformed');
    expect([reply.status, reply.reason]).toEqual([502, 'answer_not_json_rpc']);
  });

  it('F-09 ends a process that writes an endless line', async () => {
    start({ limits: { maxLineBytes: 100_000 } });
    expect((await ask('longLine', { length: 90_000 })).status).toBe(200);
    const reply = await ask('longLine', { length: 200_000 });
    expect([reply.status, reply.reason]).toEqual([502, 'upstream_line_too_long']);
    expect(bench.reasons('upstream.failed')).toEqual(['line_too_long']);
  });

  it('sends its requests to nobody', async () => {
    start();
    const reply = await ask('ask');
    expect(reply.headers['content-type']).toBe('application/json');
    expect(reply.body).not.toContain('roots/list');
  });

  it('GW-18 shows stderr to the operator only, bounded and free of control characters', async () => {
    start();
    await ask('stderr');
    await until(() => bench.stderr.length === 3);
    expect(bench.stderr).toEqual(['red \uFFFD[31mtext\uFFFD', 'y'.repeat(2048), 'end']);
  });
});

describe('what a server is given', () => {
  it('has an allow-listed environment and no descriptor of the gate', async () => {
    const { openSync, closeSync } = await import('node:fs');
    const secret = openSync(new URL(import.meta.url), 'r');
    process.env['PORTCULLIS_TEST_SECRET'] = 'do not inherit';
    try {
      start({ env: { API_KEY: 'named', LANG: 'C' } });
      const env = (await ask('env')).result['env'] as Record<string, string>;
      expect(Object.keys(env).filter((name) => !['PATH', 'HOME', 'LANG', 'TMPDIR'].includes(name))).toEqual([
        'API_KEY',
      ]);
      expect([env['API_KEY'], env['LANG'], env['PATH']]).toEqual(['named', 'C', process.env['PATH']]);
      const { targets } = (await ask('descriptors')).result as { targets: string[] };
      expect(targets.filter((target) => target.includes('modern.test'))).toEqual([]);
      expect(targets.length).toBeGreaterThan(2);
    } finally {
      closeSync(secret);
      delete process.env['PORTCULLIS_TEST_SECRET'];
    }
  });

  it('never reaches a shell', async () => {
    start({ command: 'node; echo' });
    const reply = await ask('pid');
    expect([reply.status, reply.reason]).toEqual([502, 'upstream_not_started']);
    expect(bench.reasons('upstream.failed')).toEqual(['command_not_found']);
    await until(() => bench.upstream.processCount() === 0);
  });
});

describe('form of the answer', () => {
  it('is JSON when the response comes first, a stream when a notification does', async () => {
    start();
    expect((await ask('pid')).headers['content-type']).toBe('application/json');
    const log = await ask('log');
    expect(log.headers['content-type']).toBe('text/event-stream');
    expect(log.events.map((event) => JSON.parse(event).method ?? 'response')).toEqual([
      'notifications/message',
      'response',
    ]);
  });

  it('becomes a stream after half a second', async () => {
    start();
    await ask('pid');
    const reply = bench.post({ id: 3, method: 'later', params: { milliseconds: 700 } });
    await until(() => reply.started, 650);
    expect(reply.events).toEqual([]);
    expect((await reply.over).events).toEqual(['{"jsonrpc":"2.0","id":3,"result":{}}']);
  });

  it('stays JSON, without notifications, for a client that takes nothing else', async () => {
    start();
    const reply = await ask('log', {}, { accept: 'application/json' });
    expect([reply.status, reply.json.result]).toEqual([200, {}]);
  });

  it('does not give a message that says nothing of its request to one of several', async () => {
    start();
    const other = bench.post({ id: 9, method: 'hold', params: { name: 'x' } });
    const log = await ask('log');
    expect([log.body, other.body].join()).not.toContain('hello');
  });

  it('F-09 cuts a stream that is not read, and no other', async () => {
    start({ limits: { maxQueuedBytes: 64 * 1024 } });
    const other = bench.post({ id: 8, method: 'hold', params: { name: 'other' } });
    const { RecordedReply } = await import('./testing/recorded-reply.js');
    const slow = new RecordedReply();
    slow.slow = true;
    bench.post({ id: 1, method: 'flood', params: { count: 500, _meta: { progressToken: 1 } } }, { reply: slow });
    expect((await slow.over).why).toBe('cut');
    expect(slow.reason).toBe('client_too_slow');
    await ask('release', { names: ['other'] });
    expect(other.json.result).toEqual({ name: 'other' });
  });

  it('gives a slow reader everything in order', async () => {
    start();
    const { RecordedReply } = await import('./testing/recorded-reply.js');
    const slow = new RecordedReply();
    slow.slow = true;
    bench.post({ id: 1, method: 'flood', params: { count: 50, _meta: { progressToken: 1 } } }, { reply: slow });
    await until(() => slow.started);
    await ask('pid');
    expect(slow.events).toHaveLength(1);
    slow.slow = false;
    slow.drain();
    await slow.over;
    expect(slow.events).toHaveLength(51);
    expect(slow.json.result).toEqual({ flooded: 50 });
  });
});

describe('cancellation', () => {
  it('F-09 tells the server when the client is gone, under the id the server knows', async () => {
    start();
    const reply = bench.post({ id: 41, method: 'silent' });
    await ask('pid');
    reply.close('client_gone');
    const seen = ((await ask('seen')).result['seen'] as string[]).map((line) => JSON.parse(line));
    expect(seen[0].method).toBe('silent');
    const cancelled = seen.filter((message) => message.method === 'notifications/cancelled');
    expect(cancelled.map((message) => message.params.requestId)).toEqual([seen[0].id]);
  });

  it('goes to nobody when two open requests have the id it names', async () => {
    start();
    const twins = ['a', 'b'].map((name) => bench.post({ id: 1, method: 'hold', params: { name } }));
    bench.post({ method: 'notifications/cancelled', params: { requestId: 1 } });
    await ask('release', { names: ['a', 'b'] });
    expect(twins.map((twin) => twin.result)).toEqual([{ name: 'a' }, { name: 'b' }]);
  });

  it('F-09 answers 504 and cancels when a call takes too long', async () => {
    start({ callTimeoutSeconds: 0.3 });
    const reply = await ask('silent');
    expect([reply.status, reply.reason]).toEqual([504, 'call_timeout']);
    const seen = (await ask('seen')).result['seen'] as string[];
    expect(seen.filter((line) => line.includes('notifications/cancelled'))).toHaveLength(1);
  });
});

describe('subscriptions', () => {
  const listen = (id: unknown) => bench.post({ id, method: 'subscriptions/listen', params: {} });
  const ids = (events: string[]) =>
    events.map((event) => {
      const { params, result } = JSON.parse(event);
      return (params ?? result)._meta['io.modelcontextprotocol/subscriptionId'];
    });

  it('carry the id of the client, of its own type, each in its own stream', async () => {
    start();
    const streams = [listen(1), listen('1'), listen(2)];
    await ask('emit');
    expect(streams.map((stream) => ids(stream.events))).toEqual([
      [1, 1],
      ['1', '1'],
      [2, 2],
    ]);
    await ask('finish', { by: 'result' });
    const ends = await Promise.all(streams.map((stream) => stream.over));
    expect(ends.map((stream) => [stream.json.id, ids(stream.events).at(-1)])).toEqual([
      [1, 1],
      ['1', '1'],
      [2, 2],
    ]);
  });

  it('end with their stream when the server cancels them', async () => {
    start();
    const stream = listen(1);
    await ask('finish', { by: 'cancel' });
    expect((await stream.over).why).toBe('finished');
    expect(ids(stream.events)).toEqual([1]);
  });

  it('end at once when the gate closes, while a call may finish', async () => {
    start();
    const stream = listen(1);
    const call = bench.post({ id: 2, method: 'later', params: { milliseconds: 300 } });
    await until(() => stream.started);
    const closed = bench.upstream.close(5000);
    expect(stream.why).toBe('finished');
    expect(bench.post({ id: 3, method: 'pid' }).status).toBe(503);
    await closed;
    expect(call.json.result).toEqual({});
    expect(bench.upstream.processCount()).toBe(0);
  });
});

describe('statuses (MCP 2026-07-28)', () => {
  it.each([
    ['legacy', 404, -32601],
    ['odd', 400, -32602],
    ['leaves', 404, -32601],
  ])('tells a client that a %s server is one of the 2025 revisions', async (mode, status, code) => {
    start({}, mode);
    const reply = await ask('server/discover');
    expect([reply.status, reply.json.error?.code]).toEqual([status, code]);
    await until(() => bench.upstream.processCount() === 0);
  });

  it('does so for a server that stays silent, too', async () => {
    start({ startTimeoutSeconds: 0.5 }, 'silent');
    const reply = await ask('server/discover');
    expect([reply.status, reply.json.error?.code]).toEqual([404, -32601]);
  });

  it('keeps the process of a modern server', async () => {
    start();
    expect((await ask('server/discover')).status).toBe(200);
    expect(bench.upstream.processCount()).toBe(1);
  });

  it.each([['GET'], ['DELETE']] as const)('answers %s with 405', (method) => {
    const reply = start().exchange(method, undefined);
    expect([reply.status, reply.headers['allow']]).toEqual([405, 'POST']);
  });

  it('answers 202 to a notification and 400 to a response or a batch', () => {
    start();
    expect(bench.post({ method: 'notifications/x' }).status).toBe(202);
    expect(bench.post({ id: 1, result: {} }).status).toBe(400);
    expect(bench.exchange('POST', '[{"jsonrpc":"2.0","id":1,"method":"pid"}]').status).toBe(400);
  });
});

it('leaves nothing running after dropCaller, and only that caller is dropped', async () => {
  start();
  const mine = bench.post({ id: 1, method: 'silent' });
  await ask('pid', {}, { caller: BOB });
  bench.upstream.dropCaller(ALICE);
  expect(mine.status).toBe(503);
  await until(() => bench.upstream.processCount() === 1);
  expect((await ask('pid', {}, { caller: BOB })).status).toBe(200);
});
