import { get } from 'node:https';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { generate } from 'selfsigned';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { HostOptions } from './host.js';
import { openTestHost, statusOf, type TestHost } from './testing/test-host.js';
import type { TlsMaterial } from './tls-material.js';

let tls: TlsMaterial;
let gate: TestHost;

beforeAll(async () => {
  const { cert, private: key } = await generate([{ name: 'commonName', value: '127.0.0.1' }], { keyType: 'ec' });
  tls = { cert: Buffer.from(cert), key: Buffer.from(key) };
});

afterEach(() => gate.host.close(0));

async function open(overrides: Partial<HostOptions> = {}): Promise<void> {
  gate = await openTestHost({ tls, publicUrl: 'https://127.0.0.1:8808', ...overrides });
}

/** A connection that sends `bytes`, and the promise of its end, however it comes. */
async function rawConnection(bytes: Buffer | string): Promise<{ socket: Socket; ended: Promise<void> }> {
  const socket = connect(gate.port, '127.0.0.1');
  socket.on('error', () => {});
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  await new Promise((resolve) => socket.once('connect', resolve));
  socket.resume();
  if (bytes.length > 0) socket.write(bytes);
  return { socket, ended };
}

/** The status of an answer to a client that shakes hands. */
function statusOfLivez(): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const options = { ca: tls.cert, checkServerIdentity: () => undefined, agent: false } as const;
    get(`https://127.0.0.1:${gate.port}/livez`, options, (response) => {
      response.resume().on('end', () => resolve(response.statusCode));
    }).on('error', reject);
  });
}

/** The first bytes of a handshake, which goes no further. */
const HALF_A_HELLO = Buffer.from([0x16, 0x03, 0x01]);

describe('a host with TLS', () => {
  it('GW-20 cuts connections that do not shake hands, and their places are free for others', async () => {
    await open({ headersTimeoutMilliseconds: 300, maxConnections: 5 });
    const idle = await Promise.all(['', '', '', HALF_A_HELLO, HALF_A_HELLO].map(rawConnection));
    await Promise.all(idle.map(({ ended }) => ended));
    expect(await statusOfLivez()).toBe(200);
  });

  // A handshake would have a minute: what ends these connections is the closing.
  it('GW-20 F-10 closes at the deadline, whoever has not finished the handshake', async () => {
    await open({ headersTimeoutMilliseconds: 60_000 });
    const idle = await Promise.all(['', HALF_A_HELLO].map(rawConnection));
    await gate.host.close(500);
    await Promise.all(idle.map(({ ended }) => ended));
  });

  it('F-10 waits a second, not the whole grace, for connections that never sent anything', async () => {
    await open({ headersTimeoutMilliseconds: 60_000 });
    const { ended } = await rawConnection('');
    await gate.host.close(60_000);
    await ended;
  });

  it('GW-05 answers a broken message inside TLS and closes', async () => {
    await open();
    const socket = connectTls({ port: gate.port, host: '127.0.0.1', rejectUnauthorized: false });
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.write('\0 broken\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(statusOf(text)).toBe(400);
    expect(gate.events).toMatchObject([{ reason: 'malformed_http', httpStatus: 400, network: '127.0.0.1' }]);
  });

  it('GW-17 GW-18 records a handshake that failed as such, with its network, and counts it', async () => {
    await open({ floodPerMinute: 1 });
    for (let i = 0; i < 3; i += 1) await (await rawConnection('GET /mcp HTTP/1.1\r\n\r\n')).ended;
    const facts = { outcome: 'refused', network: '127.0.0.1', correlationId: expect.stringMatching(/^[\w-]{16}$/) };
    await expect
      .poll(() => gate.events)
      .toMatchObject([
        { ...facts, type: 'request.refused', reason: 'tls_handshake_failed' },
        { ...facts, type: 'rate_limit.exceeded', rule: 'flood' },
      ]);
    for (const event of gate.events) expect(event).not.toHaveProperty('httpStatus');
  });

  it('records nothing of a connection that was only opened', async () => {
    await open({ headersTimeoutMilliseconds: 200 });
    await (await rawConnection('')).ended;
    const { socket, ended } = await rawConnection(HALF_A_HELLO);
    socket.end();
    await ended;
    expect(await statusOfLivez()).toBe(200);
    expect(gate.events).toEqual([]);
  });
});
