import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TestGate } from './testing/test-gate.js';

let gate: TestGate;
let host: Server;
let url: string;

beforeAll(async () => {
  gate = await TestGate.open();
  host = createServer((request, response) => gate.endpoint.refuseFlood(request, response, 42));
  await new Promise<void>((resolve) => host.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(host.address() as AddressInfo).port}/files/mcp`;
});
afterAll(async () => {
  host.close();
  await gate.close();
});

it.each(['POST', 'GET', 'DELETE'])(
  'GW-17 answers a flood by %s so that an allowed origin can read when to come again',
  async (method) => {
    const body = method === 'POST' ? '{"jsonrpc":"2.0","id":1,"method":"ping"}' : undefined;
    const answer = await fetch(url, { method, headers: { origin: 'https://app.test' }, ...(body && { body }) });
    expect([answer.status, answer.headers.get('retry-after'), answer.headers.get('connection')]).toEqual([
      429,
      '42',
      'close',
    ]);
    expect(answer.headers.get('access-control-allow-origin')).toBe('https://app.test');
    expect(answer.headers.get('access-control-expose-headers')).toContain('Retry-After');
    expect(await answer.json()).toMatchObject({ error: { code: -32000, message: 'Too many requests' } });
  },
);

it('GW-06 opens it to no other origin, and records nothing of its own', async () => {
  const answer = await fetch(url, { headers: { origin: 'https://evil.test' } });
  expect([answer.status, answer.headers.get('access-control-allow-origin')]).toEqual([429, null]);
  expect([gate.events, gate.seen]).toEqual([[], []]);
});

/** What is answered to a preflight as a browser sends it, until the connection ends. */
async function preflight(origin: string): Promise<string> {
  const socket = connect((host.address() as AddressInfo).port, '127.0.0.1');
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(
    `OPTIONS /files/mcp HTTP/1.1\r\nHost: gate.test\r\nOrigin: ${origin}\r\n` +
      'Access-Control-Request-Method: POST\r\nAccess-Control-Request-Headers: authorization,content-type\r\n\r\n',
  );
  await new Promise((resolve) => socket.once('close', resolve));
  return text.toLowerCase();
}

it('GW-17 lets the preflight of an allowed origin pass in a flood, and ends the connection', async () => {
  const answer = await preflight('https://app.test');
  expect(answer).toMatch(/^http\/1\.1 204 /);
  expect(answer).toContain('\r\naccess-control-allow-origin: https://app.test\r\n');
  expect(answer).toMatch(/\r\naccess-control-allow-methods: .*post/);
  expect(answer).toContain('\r\nconnection: close\r\n');
  const refused = await preflight('https://evil.test');
  expect(refused).toMatch(/^http\/1\.1 429 /);
  expect(refused).not.toContain('access-control-allow-origin');
});
