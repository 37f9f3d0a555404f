import { afterEach, describe, expect, it } from 'vitest';
import type { HostOptions } from './host.js';
import { exchange, openTestHost, statusOf, type TestHost, testRoutes } from './testing/test-host.js';

const HOST = 'Host: 127.0.0.1:8808\r\n';
const REQUEST = `GET /mcp HTTP/1.1\r\n${HOST}\r\n`;
const LAST_REQUEST = `GET /mcp HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`;

let gate: TestHost;

async function open(overrides: Partial<HostOptions> = {}): Promise<void> {
  gate = await openTestHost(overrides);
}

afterEach(() => gate.host.close(0));

describe('an expectation besides 100-continue', () => {
  const expecting = (host: string, expectation: string): string =>
    `POST /mcp HTTP/1.1\r\n${host}Expect: ${expectation}\r\nContent-Length: 0\r\n\r\n`;

  it.each(['zzz', 'zzz, 100-continue', '100-continue=x'])('is refused with 417, told and ended: %s', async (value) => {
    await open();
    const { text, closed } = await exchange(gate.port, expecting(HOST, value) + REQUEST, 2000);
    const answer = text.replace('HTTP/1.1 100 Continue\r\n\r\n', '');
    expect(statusOf(answer)).toBe(417);
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(closed).toBe(true);
    const correlationId = /X-Request-Id: ([\w-]{16})\r\n/.exec(answer)?.[1];
    const told = { type: 'request.refused', reason: 'expectation_failed', httpStatus: 417, network: '127.0.0.1' };
    expect(gate.events).toMatchObject([{ ...told, correlationId }]);
    expect(correlationId).toBeDefined();
  });

  it('GW-06 is no way past the host check', async () => {
    await open();
    const { text } = await exchange(gate.port, expecting('Host: evil.test\r\n', 'zzz'), 2000);
    expect(statusOf(text)).toBe(403);
    expect(gate.events).toMatchObject([{ reason: 'unknown_host' }]);
  });

  it('GW-17 is no way past the flood guard', async () => {
    await open({ floodPerMinute: 1 });
    const statuses = [];
    for (let i = 0; i < 2; i += 1) {
      statuses.push(statusOf((await exchange(gate.port, expecting(HOST, 'zzz'), 2000)).text));
    }
    expect(statuses).toEqual([417, 429]);
  });

  it('is refused to nobody who expects 100-continue', async () => {
    await open();
    const { text } = await exchange(gate.port, expecting(`${HOST}Connection: close\r\n`, '100-Continue'), 2000);
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });
});

describe('CONNECT', () => {
  const connecting = `CONNECT evil.test:443 HTTP/1.1\r\n${HOST}\r\n`;

  it('GW-05 is answered 405, told and ended, and what follows is not read', async () => {
    await open();
    const { text, closed } = await exchange(gate.port, connecting + REQUEST, 2000);
    expect(text).toMatch(/^HTTP\/1\.1 405 Method Not Allowed\r\n[\s\S]*\r\nAllow: \r\nConnection: close\r\n/);
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(closed).toBe(true);
    const correlationId = /X-Request-Id: ([\w-]{16})\r\n/.exec(text)?.[1];
    const told = { type: 'request.refused', reason: 'method_not_supported', httpStatus: 405, network: '127.0.0.1' };
    expect(gate.events).toMatchObject([{ ...told, correlationId }]);
  });

  it('GW-17 takes a point of the flood guard', async () => {
    await open({ floodPerMinute: 1 });
    expect(statusOf((await exchange(gate.port, connecting, 2000)).text)).toBe(405);
    const { text } = await exchange(gate.port, connecting, 2000);
    expect(statusOf(text)).toBe(429);
    expect(text).toContain('Retry-After: 42\r\n');
    expect(gate.events).toMatchObject([{ reason: 'method_not_supported' }, { rule: 'flood', httpStatus: 429 }]);
  });

  it('hears of a counter that fails, and the connection ends', async () => {
    await open({ rateLimiter: { consume: () => Promise.reject(new Error('counter')) } });
    expect(await exchange(gate.port, connecting, 2000)).toEqual({ text: '', closed: true });
    expect(gate.faults).toMatchObject([{ message: 'counter' }]);
  });

  it('is no answer in the midst of another', async () => {
    await open({
      routes: {
        ...testRoutes,
        mcp: new Map([
          ['/mcp', { handle: (_request, response) => void response.write('begun'), refuseFlood: () => {} }],
        ]),
      },
    });
    const { text } = await exchange(gate.port, REQUEST + connecting, 2000);
    expect(text.match(/HTTP\/1\.1/g) ?? []).not.toHaveLength(2);
    expect(gate.events).toMatchObject([{ reason: 'method_not_supported' }]);
  });
});

describe('GW-05 what is broken behind a whole request whose answer is due', () => {
  const silent = { handle: () => {}, refuseFlood: () => {} };
  const broken = `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\nno length\r\n`;

  it.each([
    ['a message', '\0 broken\r\n\r\n'],
    ['a body', broken],
  ])('is not answered in its place: %s', async (_what, bytes) => {
    await open({ routes: { ...testRoutes, mcp: new Map([['/mcp', silent]]) } });
    expect(await exchange(gate.port, REQUEST + bytes, 2000)).toEqual({ text: '', closed: true });
  });

  it('is answered where it is the body of the last request', async () => {
    await open({ routes: { ...testRoutes, mcp: new Map([['/mcp', silent]]) } });
    expect(statusOf((await exchange(gate.port, broken, 2000)).text)).toBe(400);
  });
});

it.each([
  ['a broken message', '\0 broken\r\n\r\n', 400],
  ['a CONNECT', `CONNECT evil.test:443 HTTP/1.1\r\n${HOST}\r\n`, 405],
  ['headers beyond the bound', `GET /mcp HTTP/1.1\r\n${HOST}X: ${'x'.repeat(20_000)}\r\n\r\n`, 431],
])('dates what is written past Node: the answer to %s', async (_what, bytes, status) => {
  await open();
  const { text } = await exchange(gate.port, bytes, 2000);
  expect(statusOf(text)).toBe(status);
  const date = /\r\nDate: (\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT)\r\n/.exec(text)?.[1];
  expect(new Date(date ?? '').toUTCString()).toBe(date);
});

it('answers what asks for an upgrade as any other request', async () => {
  await open();
  const { text } = await exchange(
    gate.port,
    `GET /mcp HTTP/1.1\r\n${HOST}Connection: Upgrade, close\r\nUpgrade: websocket\r\n\r\n`,
    2000,
  );
  expect(statusOf(text)).toBe(200);
});

describe('what is recorded of a flood', () => {
  const exceeded = { type: 'rate_limit.exceeded', rule: 'flood', network: '127.0.0.1' };

  it('GW-17 GW-18 counts broken messages, with the network of the connection and an id that the client was told', async () => {
    await open({ floodPerMinute: 5 });
    const ids = [];
    for (let i = 0; i < 20; i += 1) {
      const { text } = await exchange(gate.port, `GET /mcp HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 2000);
      expect(statusOf(text)).toBe(400);
      ids.push(/X-Request-Id: ([\w-]{16})\r\n/.exec(text)?.[1]);
    }
    const refused = { type: 'request.refused', reason: 'malformed_http', httpStatus: 400, network: '127.0.0.1' };
    const expected = ids.slice(0, 5).map((correlationId) => ({ ...refused, correlationId }));
    expect(gate.events).toMatchObject([...expected, { ...exceeded, httpStatus: 400, correlationId: ids[5] }]);
    expect(new Set(ids).size).toBe(20);
    expect(statusOf((await exchange(gate.port, REQUEST, 2000)).text)).toBe(429);
    expect(gate.events).toHaveLength(6);
  });

  it('GW-17 GW-18 records one event of a network that goes on beyond its limit', async () => {
    await open({ floodPerMinute: 2 });
    const statuses = [];
    for (let i = 0; i < 10; i += 1) {
      statuses.push(statusOf((await exchange(gate.port, LAST_REQUEST, 2000)).text));
    }
    expect(statuses).toEqual([200, 200, ...Array.from({ length: 8 }, () => 429)]);
    expect(gate.events).toMatchObject([{ ...exceeded, httpStatus: 429 }]);
  });

  it('hears of a counter that fails on a broken message, which is answered all the same', async () => {
    const broken = { consume: () => Promise.reject(new Error('counter')) };
    await open({ rateLimiter: broken });
    expect(statusOf((await exchange(gate.port, '\0 broken\r\n\r\n', 2000)).text)).toBe(400);
    expect(gate.faults).toMatchObject([{ message: 'counter' }]);
  });
});
