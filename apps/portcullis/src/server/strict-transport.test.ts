import { connect } from 'node:tls';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { strictTransportSecurity } from './strict-transport.js';
import { openTestHost, type TestHost } from './testing/test-host.js';
import type { TlsMaterial } from './tls-material.js';

it.each(['https://gate.example.com', 'https://gate.example.com:443', 'https://10.example.com'])(
  'holds browsers to %s',
  (publicUrl) => {
    expect(strictTransportSecurity(publicUrl, 3600)).toBe('max-age=3600');
    expect(strictTransportSecurity(publicUrl, 0)).toBe('max-age=0');
    expect(strictTransportSecurity(publicUrl, false)).toBeUndefined();
  },
);

it.each([
  'http://gate.example.com',
  'https://gate.example.com:8443',
  'http://127.0.0.1:8808',
  'https://localhost',
  'https://localhost.:8808',
  'https://gate.localhost',
  'https://127.0.0.1:8808',
  'https://[::1]:8808',
  'https://192.0.2.7',
  'https://[2001:db8::7]',
])('holds nobody to %s', (publicUrl) => {
  expect(strictTransportSecurity(publicUrl, 3600)).toBeUndefined();
});

it('takes back what was said before the address had a port', () => {
  expect(strictTransportSecurity('https://gate.example.com:8443', 0)).toBe('max-age=0');
  expect(strictTransportSecurity('https://gate.example.com:8443', false)).toBeUndefined();
  expect(strictTransportSecurity('https://localhost:8443', 0)).toBeUndefined();
});

const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: 10.0.0.1\r\n\r\n';
let tls: TlsMaterial;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: 'gate.example.com' }], { keyType: 'ec' });
  tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
});

/** What is answered to these bytes, until the connection ends. */
async function exchangeByTls(port: number, bytes: string): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false });
  let text = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    text += chunk;
  });
  socket.write(bytes);
  await new Promise((resolve) => socket.once('close', resolve));
  return text;
}

describe('every answer of a gate with TLS', () => {
  let gate: TestHost;

  beforeAll(async () => {
    gate = await openTestHost({ tls, publicUrl: 'https://gate.example.com' });
  });
  afterAll(() => gate.host.close(0));

  it.each([
    ['the MCP endpoint', 'GET /mcp HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n', 200],
    ['no path', 'GET /none HTTP/1.1\r\nHost: gate.example.com\r\nConnection: close\r\n\r\n', 404],
    ['another host', 'GET /mcp HTTP/1.1\r\nHost: evil.test\r\n\r\n', 403],
    ['health', LIVEZ, 200],
    ['a broken message', '\0 broken\r\n\r\n', 400],
  ])('holds browsers to https: %s', async (_name, bytes, status) => {
    const text = await exchangeByTls(gate.port, bytes);
    expect(text.startsWith(`HTTP/1.1 ${status} `)).toBe(true);
    expect(text.match(/\r\nStrict-Transport-Security: max-age=31536000\r\n/g)).toHaveLength(1);
  });
});

it.each([false, 0] as const)('a gate says what it is configured to: %s', async (strictTransportSecurity) => {
  const gate = await openTestHost({ tls, publicUrl: 'https://gate.example.com', strictTransportSecurity });
  for (const bytes of [LIVEZ, '\0 broken\r\n\r\n', 'CONNECT a.test:1 HTTP/1.1\r\nHost: a.test:1\r\n\r\n']) {
    const said = /\r\nStrict-Transport-Security: (.*)\r\n/.exec(await exchangeByTls(gate.port, bytes))?.[1];
    expect(said).toBe(strictTransportSecurity === 0 ? 'max-age=0' : undefined);
  }
  await gate.host.close(0);
});
