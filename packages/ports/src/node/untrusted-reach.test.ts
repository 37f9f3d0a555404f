import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, Socket, connect as tcpConnect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createNameResolver } from './name-resolver.js';
import { CLOUD_ADDRESSES, SPECIAL_ADDRESSES } from './testing/special-addresses.js';
import { startTlsHost } from './testing/tls-host.js';
import { createUntrustedFetch, type UntrustedFetchOptions } from './untrusted-fetch.js';

const PUBLIC = '93.184.216.34';
const LIMITS = { maxBytes: 1024, timeoutMilliseconds: 5000 };
const EVERYTHING = { allowLoopback: true, allowPlainLoopback: true, allowPrivate: true };

/** A fetch that can go nowhere, and where it would have gone. */
function spied(options: UntrustedFetchOptions, addresses: readonly string[] = []) {
  const connected: string[] = [];
  const fetch = createUntrustedFetch({
    resolve: async () => addresses,
    connect: (address, port) => {
      connected.push(`${address} ${port}`);
      const socket = new Socket();
      queueMicrotask(() => socket.destroy());
      return socket;
    },
    ...options,
  });
  return { get: (url: string) => fetch({ url, ...LIMITS }), connected };
}

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

async function listen(server: Server, host: string): Promise<number> {
  server.listen(0, host);
  await once(server, 'listening');
  closing.push(() => new Promise((resolve) => server.close(resolve)));
  return (server.address() as AddressInfo).port;
}

interface Received {
  readonly request: IncomingMessage;
  readonly body: string;
}

/** Keeps what it was sent. */
function recorder(): {
  readonly received: Received[];
  answer(request: IncomingMessage, response: ServerResponse): void;
} {
  const received: Received[] = [];
  return {
    received,
    answer(request, response) {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => {
        received.push({ request, body });
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"a":1}');
      });
    },
  };
}

describe('plain http', () => {
  it.each(['localhost', '127.0.0.1', '[::1]'])(
    'CL-01 reaches this computer at %s, where it is allowed',
    async (host) => {
      const { received, answer } = recorder();
      const port = await listen(createServer(answer), host === '[::1]' ? '::1' : '127.0.0.1');
      const fetch = createUntrustedFetch({
        allowLoopback: true,
        allowPlainLoopback: true,
        resolve: createNameResolver([]),
      });
      const answered = await fetch({ url: `http://${host}:${port}/c?v=1`, ...LIMITS });
      expect(answered).toMatchObject({ ok: true, value: { status: 200 } });
      expect(received[0]?.request.headers.host).toBe(`${host}:${port}`);
      expect(received[0]?.request.url).toBe('/c?v=1');
    },
  );

  it('CL-01 goes to port 80 where none is named', async () => {
    const { get, connected } = spied(EVERYTHING);
    await get('http://127.0.0.1/c');
    expect(connected).toEqual(['127.0.0.1 80']);
  });

  it.each([
    'http://client.test/c',
    'http://127.0.0.2/c',
    'http://10.0.0.1/c',
    'http://93.184.216.34/c',
    'http://localhost.client.test/c',
    'http://localhost./c',
    'http://user@localhost/c',
    'ws://localhost/c',
  ])('CL-01 is refused elsewhere, whatever is allowed: %s', async (url) => {
    const { get, connected } = spied(EVERYTHING, ['127.0.0.1']);
    expect(await get(url)).toEqual({ ok: false, failure: 'url_refused' });
    expect(connected).toEqual([]);
  });

  it.each([{ allowLoopback: true }, { allowPlainLoopback: true }, { allowPlainLoopback: true, allowPrivate: true }])(
    'CL-01 is refused without both switches: %j',
    async (options) => {
      const { get, connected } = spied(options, ['127.0.0.1']);
      expect(await get('http://localhost/c')).toEqual({ ok: false, failure: 'url_refused' });
      expect(connected).toEqual([]);
    },
  );

  it.each([[PUBLIC], ['10.0.0.1'], ['127.0.0.1', PUBLIC]])(
    'CL-01 never leaves this computer, whatever localhost is said to be: %s',
    async (...addresses) => {
      const { get, connected } = spied(EVERYTHING, addresses);
      expect(await get('http://localhost/c')).toEqual({ ok: false, failure: 'address_refused' });
      expect(connected).toEqual([]);
    },
  );
});

describe('a private network', () => {
  it.each(['10.0.0.1', '172.16.0.1', '192.168.0.1', '100.64.0.1', 'fd12:3456::1'])(
    'CL-01 is reached over https where it is allowed: %s',
    async (address) => {
      const { get, connected } = spied({ allowPrivate: true }, [address]);
      expect(await get('https://intern.test/c')).toEqual({ ok: false, failure: 'not_connected' });
      expect(await get(`https://${address.includes(':') ? `[${address}]` : address}/c`)).toMatchObject({ ok: false });
      expect(connected).toEqual([`${address} 443`, `${address} 443`]);
    },
  );

  it.each(['127.0.0.1', '::1'])('CL-01 does not include this computer: %s', async (address) => {
    const { get, connected } = spied({ allowPrivate: true }, ['10.0.0.1', address]);
    expect(await get('https://intern.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
  });

  it('CL-01 sends not a byte when the other end is this computer after all', async () => {
    const bytes: Buffer[] = [];
    const server = createTcpServer((socket) => void socket.on('data', (chunk) => bytes.push(chunk)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const accepted = once(server, 'connection');
    const connect = () => tcpConnect({ host: '127.0.0.1', port });
    const { get } = spied({ allowPrivate: true, connect }, ['10.0.0.1']);
    expect(await get('https://intern.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    const [socket] = (await accepted) as [Socket];
    if (!socket.closed) await once(socket, 'close');
    expect(bytes).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('with everything allowed that can be', () => {
  const NEVER = [
    ...CLOUD_ADDRESSES,
    ...SPECIAL_ADDRESSES.filter((address) => address.startsWith('169.254.') || /^fe[89ab]/.test(address)),
    '0.0.0.0',
    '::ffff:127.0.0.1',
    '64:ff9b::a00:1',
    '224.0.0.1',
  ];

  it.each(NEVER)('CL-01 %s is refused, as a literal and behind a name', async (address) => {
    const { get, connected } = spied(EVERYTHING, [address]);
    const literal = address.includes(':') ? `[${address}]` : address;
    expect(await get(`https://${literal}/c`)).toEqual({ ok: false, failure: 'address_refused' });
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(await get('https://localhost/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
  });
});

describe('a POST', () => {
  it('is sent with its body, once, over TLS', async () => {
    const { received, answer } = recorder();
    const host = await startTlsHost(answer);
    closing.push(() => host.close());
    const fetch = createUntrustedFetch({
      allowLoopback: true,
      trustedCertificates: host.certificate,
      resolve: async () => ['127.0.0.1'],
    });
    const answered = await fetch({
      url: `https://client.test:${host.port}/token`,
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: 'grant_type=x&scope=%C3%BC&é',
      ...LIMITS,
    });
    expect(answered).toMatchObject({ ok: true, value: { status: 200 } });
    expect(received.map(({ body }) => body)).toEqual(['grant_type=x&scope=%C3%BC&é']);
    expect(received[0]?.request.method).toBe('POST');
    expect(received[0]?.request.headers).toMatchObject({
      'content-type': 'application/x-www-form-urlencoded',
      'content-length': '28',
      'accept-encoding': 'identity',
    });
  });

  it.each([307, 308])('CL-07 is not sent on by a %i', async (status) => {
    const { received, answer } = recorder();
    const elsewhere = await listen(createServer(answer), '127.0.0.1');
    let count = 0;
    const port = await listen(
      createServer((_request, response) => {
        count += 1;
        response.writeHead(status, { location: `http://127.0.0.1:${elsewhere}/` }).end();
      }),
      '127.0.0.1',
    );
    const fetch = createUntrustedFetch({ allowLoopback: true, allowPlainLoopback: true });
    const url = `http://127.0.0.1:${port}/token`;
    expect(await fetch({ url, method: 'POST', body: 'secret', ...LIMITS })).toMatchObject({
      ok: true,
      value: { status },
    });
    expect([count, received]).toEqual([1, []]);
  });

  it('is not sent again when the connection breaks off', async () => {
    let count = 0;
    const port = await listen(
      createServer((request) => {
        count += 1;
        request.socket.destroy();
      }),
      '127.0.0.1',
    );
    const fetch = createUntrustedFetch({ allowLoopback: true, allowPlainLoopback: true });
    const url = `http://127.0.0.1:${port}/token`;
    expect(await fetch({ url, method: 'POST', body: 'x', ...LIMITS })).toEqual({ ok: false, failure: 'interrupted' });
    expect(count).toBe(1);
  });
});
