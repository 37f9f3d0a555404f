import { once } from 'node:events';
import { createServer, type Socket, connect as tcpConnect } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { UntrustedFetch } from '../untrusted-fetch.js';
import { createNameResolver } from './name-resolver.js';
import { startNameServer } from './testing/name-server.js';
import { SPECIAL_ADDRESSES } from './testing/special-addresses.js';
import { startTlsHost, type TlsHost } from './testing/tls-host.js';
import { createUntrustedFetch, type UntrustedFetchOptions } from './untrusted-fetch.js';

const PUBLIC = '93.184.216.34';
const PUBLIC_V6 = '2606:4700::1111';
const LIMITS = { maxBytes: 5 * 1024, timeoutMilliseconds: 5000 };

/** A fetch that can go nowhere, and what it tried: no test dials an address that is not this computer's. */
function spied(addresses: readonly string[] | Error = [], options: UntrustedFetchOptions = {}) {
  const resolved: string[] = [];
  const connected: string[] = [];
  const fetch = createUntrustedFetch({
    resolve: async (name) => {
      resolved.push(name);
      if (addresses instanceof Error) throw addresses;
      return addresses;
    },
    connect: (address, port) => {
      connected.push(`${address} ${port}`);
      return brokenSocket();
    },
    ...options,
  });
  return { get: (url: string) => fetch({ url, ...LIMITS }), resolved, connected };
}

/** As if nobody were there. */
function brokenSocket(): Socket {
  const socket = tcpConnect({ port: 0, lookup: () => {}, host: 'nowhere.invalid' });
  queueMicrotask(() => socket.destroy());
  return socket;
}

let host: TlsHost | undefined;
afterEach(async () => {
  await host?.close();
  host = undefined;
});

/** A host on loopback, and a fetch that trusts it and finds it under `client.test`. */
async function serve(answer: Parameters<typeof startTlsHost>[0], options: UntrustedFetchOptions = {}) {
  const started = await startTlsHost(answer);
  host = started;
  const fetch = createUntrustedFetch({
    allowLoopback: true,
    trustedCertificates: started.certificate,
    resolve: async () => ['127.0.0.1'],
    ...options,
  });
  return {
    host: started,
    fetch,
    get: (path = '/c', limits = LIMITS, headers = {}) =>
      fetch({ url: `https://client.test:${started.port}${path}`, headers, ...limits }),
  };
}

describe('what is never connected to', () => {
  it.each(SPECIAL_ADDRESSES)('CI-02 the literal %s: neither looked up nor connected to', async (address) => {
    const { get, resolved, connected } = spied();
    const authority = address.includes(':') ? `[${address}]` : address;
    expect(await get(`https://${authority}/c`)).toEqual({ ok: false, failure: 'address_refused' });
    expect([resolved, connected]).toEqual([[], []]);
  });

  it.each(['2130706433', '0177.0.0.1', '0x7f.1', '127.1', '127.0.0.1.', '0', '[::127.0.0.1]', '[::ffff:127.0.0.1]'])(
    'CI-02 this computer, written as %s',
    async (authority) => {
      const { get, resolved, connected } = spied();
      expect(await get(`https://${authority}:8443/c`)).toEqual({ ok: false, failure: 'address_refused' });
      expect([resolved, connected]).toEqual([[], []]);
    },
  );

  it.each(SPECIAL_ADDRESSES)('CI-02 a name that leads to %s', async (address) => {
    const { get, resolved, connected } = spied([address]);
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect([resolved, connected]).toEqual([['client.test'], []]);
  });

  it('CI-02 localhost, without asking anybody', async () => {
    const { get, connected } = spied([], { resolve: createNameResolver(['127.0.0.1:1']) });
    expect(await get('https://localhost/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
  });

  it.each([
    'http://client.test/c',
    'ftp://client.test/c',
    'file:///etc/passwd',
    'data:application/json,{}',
    'https://user@client.test/c',
    'https://:secret@client.test/c',
    'https://client.test./c',
    'https://localhost./c',
    '//client.test/c',
    'client.test',
    '',
  ])('CI-01 %j', async (url) => {
    const { get, resolved, connected } = spied([PUBLIC]);
    expect(await get(url)).toEqual({ ok: false, failure: 'url_refused' });
    expect([resolved, connected]).toEqual([[], []]);
  });

  it.each([
    ['a public and a private address', [PUBLIC, '10.0.0.1']],
    ['the private one first', ['10.0.0.1', PUBLIC]],
    ['a public A and a private AAAA', [PUBLIC, 'fd00::1']],
    ['a public AAAA and a private A', ['192.168.1.1', PUBLIC_V6]],
    ['a public address and what is no address', [PUBLIC, '127.1']],
    ['a public address and one with a zone', [PUBLIC, 'fe80::1%eth0']],
  ])('CI-03 a name with %s', async (_title, addresses) => {
    const { get, connected } = spied(addresses);
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
  });

  it('CI-03 a name that leads on to the metadata host of a cloud, by a real look-up', async () => {
    const server = await startNameServer({
      'client.test': { cname: 'metadata.test' },
      'metadata.test': { a: ['169.254.169.254'] },
    });
    const { get, connected } = spied([], { resolve: createNameResolver([server.address]) });
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
    await server.close();
  });

  it('CI-03 loopback beside something private, where loopback is allowed', async () => {
    const { get, connected } = spied(['127.0.0.1', '10.0.0.1'], { allowLoopback: true });
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(await get('https://169.254.169.254/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toEqual([]);
  });
});

describe('the name and the address', () => {
  it('CI-03 connects to the address that was vetted, whatever a second look-up would say', async () => {
    const answers = [[PUBLIC], ['10.0.0.1']];
    const { get, connected } = spied([], { resolve: async () => answers.shift() ?? [] });
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'not_connected' });
    expect(connected).toEqual([`${PUBLIC} 443`]);
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    expect(connected).toHaveLength(1);
  });

  it('CI-03 keeps the name for the certificate, SNI and Host, and connects to the address', async () => {
    const dialled: string[] = [];
    const { get, host } = await serve((_request, response) => response.end('{}'), {
      connect: (address, port) => {
        dialled.push(address);
        return tcpConnect({ host: address, port });
      },
    });
    expect(await get('/c?v=1')).toMatchObject({ ok: true, value: { status: 200 } });
    expect(dialled).toEqual(['127.0.0.1']);
    const [seen] = host.requests;
    expect(seen?.serverName).toBe('client.test');
    expect(seen?.request.headers.host).toBe(`client.test:${host.port}`);
    expect(seen?.request.url).toBe('/c?v=1');
  });

  it('CI-03 sends not a byte when the other end is another address than the one that was vetted', async () => {
    const bytes: Buffer[] = [];
    const server = createServer((socket) => void socket.on('data', (chunk) => bytes.push(chunk)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const accepted = once(server, 'connection');
    const { get } = spied([PUBLIC], { connect: () => tcpConnect({ host: '127.0.0.1', port }) });
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'address_refused' });
    const [socket] = (await accepted) as [Socket];
    if (!socket.closed) await once(socket, 'close');
    expect(bytes).toEqual([]);
    await new Promise((resolve) => server.close(resolve));
  });

  it('fetches from an address whose certificate names it', async () => {
    const { host } = await serve((_request, response) => response.end('{}'));
    const fetch = createUntrustedFetch({ allowLoopback: true, trustedCertificates: host.certificate });
    const answer = await fetch({ url: `https://127.0.0.1:${host.port}/c`, ...LIMITS });
    expect(answer).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it('refuses a certificate that nobody trusts, and one for another name', async () => {
    const { host } = await serve((_request, response) => response.end('{}'));
    const resolve = async (): Promise<string[]> => ['127.0.0.1'];
    const url = (name: string): string => `https://${name}:${host.port}/c`;
    const distrusting = createUntrustedFetch({ allowLoopback: true, resolve });
    expect(await distrusting({ url: url('client.test'), ...LIMITS })).toEqual({
      ok: false,
      failure: 'tls_failed',
      detail: expect.stringMatching(/^(DEPTH_ZERO_SELF_SIGNED_CERT|UNABLE_TO_VERIFY_LEAF_SIGNATURE)$/),
    });
    const trusting = createUntrustedFetch({ allowLoopback: true, resolve, trustedCertificates: host.certificate });
    expect(await trusting({ url: url('other.test'), ...LIMITS })).toEqual({
      ok: false,
      failure: 'tls_failed',
      detail: 'ERR_TLS_CERT_ALTNAME_INVALID',
    });
    // 127.0.0.2: nobody listens there.
    const alsoClosed = createUntrustedFetch({ allowLoopback: true, resolve: async () => ['127.0.0.1', '127.0.0.2'] });
    expect(await alsoClosed({ url: url('client.test'), ...LIMITS })).toMatchObject({ failure: 'tls_failed' });
    expect(host.requests).toEqual([]);
  });

  it('tries the next address when nobody is at the first', async () => {
    const { get } = await serve((_request, response) => response.end('{}'), {
      resolve: async () => ['127.0.0.2', '127.0.0.1'],
    });
    expect(await get()).toMatchObject({ ok: true, value: { status: 200 } });
  });

  it.each([
    ['IPv4 first', [PUBLIC, '93.184.216.35', '93.184.216.36', PUBLIC_V6], [PUBLIC, PUBLIC_V6, '93.184.216.35']],
    ['IPv6 first', [PUBLIC_V6, '2606:4700::2222', '2606:4700::3333', PUBLIC], [PUBLIC, PUBLIC_V6, '2606:4700::2222']],
    ['IPv6 alone', [PUBLIC_V6, '2606:4700::2222'], [PUBLIC_V6, '2606:4700::2222']],
  ])('tries both families of a host with many addresses, %s', async (_title, addresses, tried) => {
    const { get, connected } = spied(addresses);
    expect(await get('https://client.test/c')).toEqual({ ok: false, failure: 'not_connected' });
    expect(connected).toEqual(tried.map((address) => `${address} 443`));
  });

  it('F-11 denies when the resolver fails, knows nothing, or says nothing in time', async () => {
    const failing = spied(Object.assign(new Error('EAI_AGAIN'), { code: 'EAI_AGAIN' }));
    expect(await failing.get('https://client.test/c')).toEqual({ ok: false, failure: 'name_not_resolved' });
    const empty = spied([]);
    expect(await empty.get('https://client.test/c')).toEqual({ ok: false, failure: 'name_not_resolved' });
    const connected: string[] = [];
    const silent = createUntrustedFetch({
      resolve: () => new Promise(() => {}),
      connect: (address) => {
        connected.push(address);
        return brokenSocket();
      },
    });
    const request = { url: 'https://client.test/c', maxBytes: 1, timeoutMilliseconds: 50 };
    expect(await silent(request)).toEqual({ ok: false, failure: 'timed_out' });
    expect([failing.connected, empty.connected, connected]).toEqual([[], [], []]);
  });
});

describe('the answer', () => {
  it('is given back with its status, headers and bytes', async () => {
    const { get, host } = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', etag: '"1"', 'cache-control': 'max-age=60' });
      response.end('{"a":"ü"}');
    });
    const answer = await get('/c', LIMITS, { accept: 'application/json', 'if-none-match': '"0"' });
    if (!answer.ok) throw new Error(answer.failure);
    expect(answer.value.status).toBe(200);
    expect(answer.value.headers.get('etag')).toBe('"1"');
    expect(new TextDecoder().decode(answer.value.body)).toBe('{"a":"ü"}');
    const [seen] = host.requests;
    expect(seen?.request.method).toBe('GET');
    expect(Object.keys(seen?.request.headers ?? {}).sort()).toEqual([
      'accept',
      'accept-encoding',
      'connection',
      'host',
      'if-none-match',
      'user-agent',
    ]);
    expect(seen?.request.headers['accept-encoding']).toBe('identity');
  });

  it.each([301, 302, 303, 307, 308])('CI-04 of %i is not followed', async (status) => {
    const { get, host } = await serve((request, response) => {
      response.writeHead(status, { location: request.url === '/c' ? '/elsewhere' : 'http://169.254.169.254/' });
      response.end();
    });
    expect(await get()).toMatchObject({ ok: true, value: { status } });
    expect(host.requests).toHaveLength(1);
  });

  it.each([201, 204, 304, 403, 500])('CI-04 of %i is given back as it is', async (status) => {
    const { get } = await serve((_request, response) => response.writeHead(status).end());
    expect(await get()).toMatchObject({ ok: true, value: { status, body: new Uint8Array() } });
  });

  it('takes the length of a 304 for what it is: that of what is not sent', async () => {
    const { get } = await serve((_request, response) => response.writeHead(304, { 'content-length': 100_000 }).end());
    expect(await get()).toMatchObject({ ok: true, value: { status: 304 } });
  });

  it('CI-05 may be as long as the limit, and not a byte longer', async () => {
    const { get } = await serve((request, response) => response.end('x'.repeat(Number(request.url?.slice(1)))));
    expect(await get('/5120')).toMatchObject({ ok: true, value: { status: 200 } });
    expect(await get('/5121')).toEqual({ ok: false, failure: 'too_large' });
  });

  it('CI-05 that announces 6 KiB is not read', async () => {
    const { get } = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': 6 * 1024 });
      response.flushHeaders();
    });
    expect(await get()).toEqual({ ok: false, failure: 'too_large' });
  });

  it('CI-05 in endless chunks is cut off', async () => {
    let written = 0;
    let closed: Promise<unknown> | undefined;
    const { get } = await serve((_request, response) => {
      const chunk = 'x'.repeat(1024);
      const write = (): void => {
        if (response.destroyed) return;
        written += chunk.length;
        if (response.write(chunk)) setImmediate(write);
        else response.once('drain', write);
      };
      closed = once(response, 'close');
      write();
    });
    expect(await get()).toEqual({ ok: false, failure: 'too_large' });
    await closed;
    expect(written).toBeLessThan(8 * 1024 * 1024);
  });

  it.each([
    ['gzip', 'gzip'],
    ['br', 'br'],
    ['a thousand of them', Array.from({ length: 500 }, () => 'gzip, br').join(', ')],
    ['identity', 'identity'],
  ])('CI-05 with a content coding is refused: %s', async (_title, coding) => {
    const { get } = await serve((_request, response) => {
      response.writeHead(200, { 'content-encoding': coding });
      response.end('x');
    });
    expect(await get()).toEqual({ ok: false, failure: 'encoding_refused' });
  });

  it('CI-05 with more headers than 16 KiB is refused', async () => {
    const { get } = await serve((_request, response) => {
      response.writeHead(200, { 'x-filler': 'x'.repeat(20_000) });
      response.end();
    });
    expect(await get()).toEqual({ ok: false, failure: 'too_large' });
  });

  const HURRIED = { maxBytes: 5 * 1024, timeoutMilliseconds: 300 };

  it('CI-05 that never begins is given up', async () => {
    const { get, host } = await serve(() => {});
    expect(await get('/c', HURRIED)).toEqual({ ok: false, failure: 'timed_out' });
    expect(host.requests).toHaveLength(1);
  });

  it('CI-05 that comes a byte at a time is given up', async () => {
    let timer: ReturnType<typeof setInterval> | undefined;
    const { get } = await serve((_request, response) => {
      timer = setInterval(() => response.write('x'), 20);
    });
    expect(await get('/c', HURRIED)).toEqual({ ok: false, failure: 'timed_out' });
    clearInterval(timer);
  });

  it('CI-05 of a host that accepts a connection and never says more is given up', async () => {
    const sockets: Socket[] = [];
    const server = createServer((socket) => void sockets.push(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const fetch = createUntrustedFetch({ allowLoopback: true });
    const answer = await fetch({ url: `https://127.0.0.1:${port}/c`, ...HURRIED });
    expect(answer).toEqual({ ok: false, failure: 'timed_out' });
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  });

  it.each([
    ['breaks off in the middle', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{'],
    ['is no HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['is nothing at all', ''],
    ['says its length twice', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n{}'],
  ])('that %s is a failure', async (_title, bytes) => {
    const { get } = await serve((request) => void request.socket.end(bytes));
    expect(await get()).toEqual({ ok: false, failure: 'interrupted' });
  });

  it('is a failure where nobody listens', async () => {
    const { get, host } = await serve(() => {});
    await host.close();
    expect(await get()).toEqual({ ok: false, failure: 'not_connected' });
  });

  it('leaves no connection open, however it ends', async () => {
    const { get, host } = await serve((request, response) => {
      if (request.url === '/ok') response.end('{}');
      else if (request.url === '/large') response.end('x'.repeat(100_000));
    });
    await Promise.all([get('/ok'), get('/large'), get('/never', HURRIED)]);
    await Promise.all([...host.connections.open].map((socket) => once(socket, 'close')));
    expect(host.connections.open.size).toBe(0);
  });
});

it('CI-05 48 hosts that never answer hold no more than the bound, and all of it', async () => {
  // They hang up once as many wait as may, or all are there: how long that takes does not matter.
  const held: Socket[] = [];
  const { host, fetch } = await serve(
    ({ socket }) => {
      held.push(socket);
      if (held.length < 16 && host.requests.length < 48) return;
      for (const one of held.splice(0)) one.destroy();
    },
    { maxConcurrent: 16 },
  );
  const answers = await Promise.all(askHosts(48, host.port, fetch, 60_000));
  expect(new Set(answers.map((answer) => answer.ok || answer.failure))).toEqual(new Set(['interrupted']));
  expect([host.connections.most, host.connections.count]).toEqual([16, 48]);
});

it('CI-05 calls to 200 hosts that never answer all end, and leave no connection open', async () => {
  const { host, fetch } = await serve(() => {}, { maxConcurrent: 16 });
  const answers = await Promise.all(askHosts(200, host.port, fetch, 200));
  expect(answers.filter((answer) => answer.ok)).toEqual([]);
  await Promise.all([...host.connections.open].map((socket) => once(socket, 'close')));
  // A host may see the end of one after the beginning of the next: how many there are is counted above.
  expect(host.connections.most).toBeLessThanOrEqual(32);
});

/** One call to each of so many hosts, which are one behind their names. */
function askHosts(count: number, port: number, fetch: UntrustedFetch, timeoutMilliseconds: number) {
  return Array.from({ length: count }, (_, index) =>
    fetch({ url: `https://host-${index}.client.test:${port}/c`, maxBytes: 5 * 1024, timeoutMilliseconds }),
  );
}

it('CI-05 waits for a free place no longer than a call may take, and then for nothing', async () => {
  let arrive: (socket: Socket) => void = () => {};
  const arrived = new Promise<Socket>((resolve) => {
    arrive = resolve;
  });
  const { get, host } = await serve(
    (request, response) => {
      if (request.url === '/ok') response.end('{}');
      else arrive(request.socket);
    },
    { maxConcurrent: 1 },
  );
  const slow = get('/never', { maxBytes: 1024, timeoutMilliseconds: 60_000 });
  const socket = await arrived;
  expect(await get('/ok', { maxBytes: 1024, timeoutMilliseconds: 50 })).toEqual({ ok: false, failure: 'busy' });
  socket.destroy();
  expect(await slow).toEqual({ ok: false, failure: 'interrupted' });
  expect(await get('/ok')).toMatchObject({ ok: true });
  expect(host.requests.map(({ request }) => request.url)).toEqual(['/never', '/ok']);
});

it('CI-05 one host that never answers holds four places, under every port and path, and the others go on', async () => {
  const limits = { maxBytes: 1024, timeoutMilliseconds: 300 };
  const { host, fetch } = await serve((request, response) => {
    if (request.headers.host?.startsWith('good.')) response.end('{}');
  });
  const slow = Array.from({ length: 200 }, (_, index) =>
    // Nobody listens at the second address; it counts for the host all the same.
    fetch({ url: `https://SLOW.client.test:${index % 2 === 0 ? host.port : 1}/${index}`, ...limits }),
  );
  expect(await fetch({ url: `https://good.client.test:${host.port}/c`, ...LIMITS })).toMatchObject({ ok: true });
  expect(new Set((await Promise.all(slow)).map((answer) => answer.ok))).toEqual(new Set([false]));
  // The four of the slow host, and the one that was answered.
  expect(host.connections.most).toBeLessThanOrEqual(5);
});

it.each([0, -1, 1.5, Number.NaN])('cannot be made for %s calls at once', (limit) => {
  expect(() => createUntrustedFetch({ maxConcurrent: limit })).toThrow(RangeError);
  expect(() => createUntrustedFetch({ maxConcurrentPerHost: limit })).toThrow(RangeError);
});
