import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, MODERN_META, until } from './testing/bench.js';
import type { RecordedReply } from './testing/recorded-reply.js';

const manifest = createRequire(import.meta.url).resolve('@modelcontextprotocol/server-everything/package.json');

describe('@modelcontextprotocol/server-everything over stdio', () => {
  const bench = new Bench({ args: [join(dirname(manifest), 'dist/index.js'), 'stdio'] });
  let sessionId = '';
  const post = (message: Record<string, unknown>): Promise<RecordedReply> =>
    bench.post(message, { era: 'legacy', sessionId }).over;

  beforeAll(async () => {
    sessionId = await bench.initialize();
  });
  afterAll(() => bench.upstream.close(0));

  it('lists its tools and calls one', async () => {
    const listed = await post({ id: 1, method: 'tools/list' });
    const names = (listed.result['tools'] as { name: string }[]).map((tool) => tool.name);
    expect(names).toContain('echo');
    const params = { name: 'echo', arguments: { message: 'hello' } };
    const called = await post({ id: 'two', method: 'tools/call', params });
    expect(called.json.id).toBe('two');
    expect(JSON.stringify(called.json.result)).toContain('Echo: hello');
  });

  it('reports progress while the call runs, each client call under its own token', async () => {
    const call = (progressToken: unknown) => {
      const params = {
        name: 'trigger-long-running-operation',
        arguments: { duration: 0.9, steps: 3 },
        _meta: { progressToken },
      };
      return bench.post({ id: 5, method: 'tools/call', params }, { era: 'legacy', sessionId });
    };
    const replies = [call('a'), call(0)];
    await until(() => replies.every((reply) => reply.events.length > 0));
    expect(replies.map((reply) => reply.closed)).toEqual([false, false]);
    const over = await Promise.all(replies.map((reply) => reply.over));
    const tokens = over.map((reply) =>
      reply.events.slice(0, -1).map((event) => JSON.parse(event).params.progressToken),
    );
    expect(tokens).toEqual([
      ['a', 'a', 'a'],
      [0, 0, 0],
    ]);
    for (const reply of over) expect(JSON.stringify(reply.json)).toContain('Long running operation completed');
  });

  it('is found out as a server of the 2025 revisions, and its probed process is not kept', async () => {
    const before = bench.upstream.processCount();
    const reply = await bench.post({ id: 1, method: 'server/discover', params: { _meta: MODERN_META } }).over;
    expect([reply.status, reply.json.error?.code]).toEqual([404, -32601]);
    await until(() => bench.upstream.processCount() === before);
  });
});
