import { afterEach, describe, expect, it } from 'vitest';
import type { HostOptions } from './host.js';
import { exchange, openTestHost, statusOf, type TestHost } from './testing/test-host.js';

const HOST = 'Host: 127.0.0.1:8808\r\n';
const REQUEST = `GET /mcp HTTP/1.1\r\n${HOST}\r\n`;

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
    for (let i = 0; i < 2; i += 1) statuses.push(statusOf((await exchange(gate.port, expecting(HOST, 'zzz'))).text));
    expect(statuses).toEqual([417, 429]);
  });

  it('is refused to nobody who expects 100-continue', async () => {
    await open();
    const { text } = await exchange(gate.port, expecting(HOST, '100-Continue'));
    expect(text).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 /);
  });
});
