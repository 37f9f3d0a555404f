import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { call, errorOf, TestGate, type UpstreamScript, until } from './testing/test-gate.js';

let gate: TestGate;
afterEach(() => gate.close());

const MODERN = '2026-07-28';
const listenHeaders = {
  'content-type': 'application/json',
  'mcp-protocol-version': MODERN,
  'mcp-method': 'subscriptions/listen',
};
const listenBody = JSON.stringify(
  call('subscriptions/listen', {
    _meta: { 'io.modelcontextprotocol/protocolVersion': MODERN },
    notifications: { toolsListChanged: true },
  }),
);
const callBody = JSON.stringify(call('tools/call', { name: 'slow' }));
const json = { 'content-type': 'application/json' };

/** Opens a stream for everything and keeps the answers. */
function streaming(into: ServerResponse[]): UpstreamScript {
  return (_seen, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: first\n\n');
    into.push(response);
  };
}

/** Reads until the end; tells how it ended. */
async function drainOf(stream: IncomingMessage): Promise<{ text: string; ended: 'cleanly' | 'cut' }> {
  let text = '';
  try {
    for await (const chunk of stream.setEncoding('utf8')) text += chunk;
    return { text, ended: 'cleanly' };
  } catch {
    return { text, ended: 'cut' };
  }
}

describe('GW-13 streams end in time', () => {
  it('closes standing streams of both eras by exp + grace, and lets a call in progress finish', async () => {
    gate = await TestGate.open();
    const upstream: ServerResponse[] = [];
    gate.script = streaming(upstream);
    const get = await gate.open('GET');
    const listen = await gate.open('POST', listenHeaders, listenBody);
    const running = await gate.open('POST', json, callBody);
    gate.clockOffsetSeconds = 600 + 30 - 1;
    expect(await drainOf(get)).toEqual({ text: 'data: first\n\n', ended: 'cleanly' });
    expect((await drainOf(listen)).ended).toBe('cleanly');
    upstream[2]?.end('data: last\n\n');
    expect(await drainOf(running)).toEqual({ text: 'data: first\n\ndata: last\n\n', ended: 'cleanly' });
    expect(gate.dropped).toEqual([]);
  });

  it('cuts a standing stream, and an answer beyond its time, whose client does not read what is left', async () => {
    gate = await TestGate.open();
    const upstream: ServerResponse[] = [];
    gate.script = (_seen, response) => {
      upstream.push(response);
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write(`data: ${'x'.repeat(32 * 1024 * 1024)}\n\n`);
    };
    for (const stream of [await gate.open('GET'), await gate.open('POST', json, callBody)]) {
      stream.on('error', () => undefined);
    }
    await until(() => upstream.length === 2);
    gate.clockOffsetSeconds = 1800;
    await until(() => upstream.every(({ destroyed }) => destroyed));
  });

  it('keeps a standing stream before that', async () => {
    gate = await TestGate.open();
    const upstream: ServerResponse[] = [];
    gate.script = streaming(upstream);
    const get = await gate.open('GET');
    gate.clockOffsetSeconds = 600 + 20;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    upstream[0]?.end('data: still\n\n');
    expect((await drainOf(get)).text).toContain('still');
  });

  it('cuts every stream and call of a revoked token at once, and nobody else’s', async () => {
    gate = await TestGate.open();
    gate.issue('bob');
    const upstream: ServerResponse[] = [];
    gate.script = (seen, response, request) => {
      if (seen.body.includes('"silent"')) upstream.push(response);
      else streaming(upstream)(seen, response, request);
    };
    const get = await gate.open('GET');
    const running = await gate.open('POST', json, callBody);
    const silent = gate.post(call('tools/call', { name: 'silent' }, 4));
    const other = await gate.open('GET', { authorization: 'Bearer at-bob' });
    await until(() => upstream.length === 4);
    gate.revoke('jti-alice');
    for (const response of upstream) if (!response.destroyed) response.write('data: after\n\n');
    for (const stream of [get, running]) {
      const { text, ended } = await drainOf(stream);
      expect(ended).toBe('cut');
      expect(text).not.toContain('after');
    }
    const answer = await silent;
    expect([answer.status, errorOf(answer).id]).toEqual([401, 4]);
    expect(answer.headers['www-authenticate']).toContain('error="invalid_token"');
    expect(gate.dropped.map(({ subject }) => subject)).toEqual(['alice']);
    expect(gate.eventTypes().filter((type) => type === 'access_token.refused:revoked')).toHaveLength(3);
    await until(() => upstream.filter(({ destroyed }) => destroyed).length === 3);
    other.destroy();
  });

  it('drops nothing of a caller who still has a stream with another token', async () => {
    gate = await TestGate.open();
    gate.issue('alice', {}, 'alice-2');
    const upstream: ServerResponse[] = [];
    gate.script = streaming(upstream);
    const first = await gate.open('GET');
    const second = await gate.open('GET', { authorization: 'Bearer at-alice-2' });
    gate.revoke('jti-alice');
    expect((await drainOf(first)).ended).toBe('cut');
    expect(gate.dropped).toEqual([]);
    second.destroy();
  });
});

describe('draining', () => {
  it('ends standing streams cleanly, lets calls finish, refuses what is new', async () => {
    gate = await TestGate.open();
    const upstream: ServerResponse[] = [];
    gate.script = streaming(upstream);
    const get = await gate.open('GET');
    const running = await gate.open('POST', json, callBody);
    const drained = gate.endpoint.drain(5000);
    expect((await drainOf(get)).ended).toBe('cleanly');
    const refused = await gate.post(call('ping'));
    expect([refused.status, refused.headers['connection']]).toEqual([503, 'close']);
    upstream[1]?.end('data: last\n\n');
    expect((await drainOf(running)).text).toContain('last');
    await drained;
  });

  it('cuts what outlives the grace', async () => {
    gate = await TestGate.open();
    gate.script = streaming([]);
    const running = await gate.open('POST', json, callBody);
    await gate.endpoint.drain(50);
    expect((await drainOf(running)).ended).toBe('cut');
  });
});

describe('GW-20 slow bodies', () => {
  const head = (length: number, authorization = 'Bearer at-alice') =>
    `POST /files/mcp HTTP/1.1\r\nHost: gate.test\r\nAuthorization: ${authorization}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

  it('answers 408 to a body that trickles, and closes the connection', async () => {
    gate = await TestGate.open({ endpoint: { bodyIdleMilliseconds: 200 } });
    const socket = await gate.socket();
    socket.on('error', () => undefined);
    socket.write(head(1000));
    const trickle = setInterval(() => socket.write('x'), 20);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    clearInterval(trickle);
    expect(answer).toMatch(/^HTTP\/1\.1 408 /);
    expect(gate.eventTypes()).toEqual(['request.refused:body_too_slow']);
    expect(gate.seen).toHaveLength(0);
  });

  it('closes on a refused sender that never finishes its body', async () => {
    gate = await TestGate.open({ endpoint: { bodyIdleMilliseconds: 200 } });
    const socket = await gate.socket();
    socket.on('error', () => undefined);
    socket.write(`${head(1000, 'Basic x')}half`);
    let answer = '';
    for await (const chunk of socket.setEncoding('latin1')) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  it('takes a body that comes in pieces but in time', async () => {
    gate = await TestGate.open({ endpoint: { bodyIdleMilliseconds: 2000 } });
    const body = JSON.stringify(call('ping'));
    const socket = await gate.socket();
    const answered = once(socket, 'data');
    socket.write(head(body.length));
    for (const letter of body) {
      socket.write(letter);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const [answer] = await answered;
    expect(String(answer)).toMatch(/^HTTP\/1\.1 200 /);
    expect(gate.seen[0]?.body).toBe(body);
    socket.destroy();
  });
});
