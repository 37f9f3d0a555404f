import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import type { AuditEvent, RequestContext, WholeRequest, WholeResponse } from '@portcullis/ports';
import { nodePlatform } from '@portcullis/ports/node';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ProgramError } from '../program-error.js';
import { createHost, type Host, type HostOptions } from './host.js';
import type { Routes } from './routes.js';
import { countingRateLimiter, exchange as exchangeAt, statusOf as status } from './testing/test-host.js';

const PUBLIC_URL = 'http://127.0.0.1:8808';
const HOST = 'Host: 127.0.0.1:8808\r\n';

let host: Host;
let port: number;
let handled: { method: string; url: string; context: RequestContext }[];
let fetched: { request: Request; body: string; context: RequestContext }[];
let wholes: { request: WholeRequest; context: RequestContext }[];
let wholeAnswer: WholeResponse;
let events: AuditEvent[];
let faults: unknown[];
let ready: boolean;
let mcpAnswer: (response: ServerResponse) => void;

const routes: Routes = {
  mcp: new Map([
    [
      '/mcp',
      {
        handle(request, response, context) {
          request.resume();
          request.on('end', () => {
            handled.push({ method: request.method ?? '', url: request.url ?? '', context });
            mcpAnswer(response);
          });
        },
        refuseFlood: (_request, response) => void response.writeHead(429).end(),
      },
    ],
  ]),
  humanPage: (pathname) => `<h1>human ${pathname}</h1>`,
  assets: new Map([['/assets/a.css', { contentType: 'text/css; charset=utf-8', body: 'a{}' }]]),
  prm: new Map([['/.well-known/oauth-protected-resource/mcp', '{"resource":"x"}']]),
  authorizationServer: {
    handles: (pathname) => ['/token', '/boom', '/whole'].includes(pathname),
    answerWhole: (request, context) => {
      if (request.pathname !== '/whole') return undefined;
      wholes.push({ request, context });
      return Promise.resolve(wholeAnswer);
    },
    answerUnread: async (_request, unread) => ({ status: 413, headers: { 'x-unread': unread }, body: '' }),
    async fetch(request, context) {
      if (request.url.endsWith('/boom')) throw new Error('canary-fault');
      fetched.push({ request, body: await request.text(), context });
      const headers = new Headers({ 'Content-Type': 'application/json' });
      headers.append('Set-Cookie', 'a=1');
      headers.append('Set-Cookie', 'b=2');
      return new Response('{"ok":true}', { headers });
    },
  },
  home: () => '<h1>home</h1>',
  notFound: () => '<h1>nothing here</h1>',
};

async function open(overrides: Partial<HostOptions> = {}): Promise<void> {
  host = createHost({
    host: '127.0.0.1',
    port: 0,
    tls: undefined,
    publicUrl: PUBLIC_URL,
    strictTransportSecurity: false,
    trustedProxies: [],
    maxConnections: 10_000,
    maxConnectionsPerNetwork: undefined,
    floodPerMinute: 3000,
    routes,
    ready: () => ({ ready }),
    platform: nodePlatform,
    rateLimiter: countingRateLimiter(),
    audit: { record: (event) => void events.push(event) },
    onFault: (error) => void faults.push(error),
    ...overrides,
  });
  ({ port } = await host.listen());
}

const exchange = (bytes: string, silenceMilliseconds?: number) => exchangeAt(port, bytes, silenceMilliseconds);

beforeEach(async () => {
  handled = [];
  wholes = [];
  wholeAnswer = { status: 401, headers: { 'www-authenticate': 'Basic' }, body: 'nö!' };
  fetched = [];
  events = [];
  faults = [];
  ready = true;
  mcpAnswer = (response) => response.end('mcp');
  await open();
});

afterEach(() => host.close(0));

describe('the host', () => {
  it.each<[string, string, number]>([
    [
      'both lengths',
      `POST /mcp HTTP/1.1\r\n${HOST}Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['two lengths', `POST /mcp HTTP/1.1\r\n${HOST}Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc`, 400],
    ['space before colon', `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n`, 400],
    ['chunked, identity', `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n`, 400],
    ['gzip, chunked', `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n`, 400],
    [
      'two codings',
      `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['a transfer coding in HTTP/1.0', `POST /mcp HTTP/1.0\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n`, 400],
    [
      'one that would stay open',
      `POST /mcp HTTP/1.0\r\n${HOST}Connection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
      400,
    ],
    ['bare LF', `GET /mcp HTTP/1.1\r\n${HOST}X: y\nZ: a\r\n\r\n`, 400],
    ['bare LF throughout', 'GET /mcp HTTP/1.1\nHost: 127.0.0.1:8808\n\n', 400],
    ['a folded line', `GET /mcp HTTP/1.1\r\n${HOST}X: a\r\n b\r\n\r\n`, 400],
    ['NUL in a header', `GET /mcp HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400],
    ['two hosts', `GET /mcp HTTP/1.1\r\n${HOST}Host: evil.test\r\n\r\n`, 400],
    ['the same host twice', `GET /mcp HTTP/1.1\r\n${HOST}${HOST}\r\n`, 400],
    [
      'two content types',
      `POST /mcp HTTP/1.1\r\n${HOST}Content-Type: a/b\r\ncontent-type: c/d\r\nContent-Length: 0\r\n\r\n`,
      400,
    ],
    ['absolute form of another host', `GET http://evil.test/mcp HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['absolute form of another scheme', `GET https://127.0.0.1:8808/mcp HTTP/1.1\r\n${HOST}\r\n`, 421],
    [
      'a chunk extension of 1 MB',
      `POST /mcp HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n1;${'a'.repeat(1e6)}\r\nx\r\n0\r\n\r\n`,
      400,
    ],
    ['no host', 'GET /mcp HTTP/1.1\r\n\r\n', 400],
    ['asterisk form', `OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['TRACE', `TRACE /mcp HTTP/1.1\r\n${HOST}\r\n`, 405],
    ['a dot segment', `GET /livez/../mcp HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['a fragment', `GET /mcp#x HTTP/1.1\r\n${HOST}\r\n`, 400],
    ['10 000 header lines', `GET /mcp HTTP/1.1\r\n${HOST}${'a:b\r\n'.repeat(10_000)}\r\n`, 431],
  ])('GW-05 GW-20 answers %s and closes, with no second answer', async (_name, bytes, expected) => {
    const second = `GET /mcp HTTP/1.1\r\n${HOST}\r\n`;
    const { text, closed } = await exchange(bytes + second, 2000);
    // A client that is still sending may see the connection reset before it has read the answer.
    if (text !== '') expect(status(text)).toBe(expected);
    else expect(bytes.length).toBeGreaterThan(100_000);
    expect(text.match(/HTTP\/1\.1/g) ?? []).toHaveLength(text === '' ? 0 : 1);
    expect(closed || text === '').toBe(true);
    expect(handled).toEqual([]);
  });

  it('keeps every header of a request, however many', async () => {
    const many = 'a:\r\n'.repeat(3000);
    mcpAnswer = (response) => response.end(String(response.req.rawHeaders.filter((name) => name === 'X-Last').length));
    const { text } = await exchange(`GET /mcp HTTP/1.1\r\n${HOST}${many}X-Last: 1\r\n\r\n`);
    expect(text.endsWith('\r\n\r\n1') || text.includes('\r\n1\r\n')).toBe(true);
  });

  it('GW-05 writes no answer to a broken message into one that has begun, however many wait behind it', async () => {
    mcpAnswer = (response) => {
      if (handled.length === 1) response.write('begun ');
    };
    const request = `POST /mcp HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`;
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    socket.on('error', () => {});
    socket.write(request + request);
    await expect.poll(() => handled.length).toBe(2);
    socket.write('\0 broken\r\n\r\n');
    await new Promise((resolve) => socket.once('close', resolve));
    expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
    expect(text).toContain('begun');
  });

  it('serves the absolute form of its own host in origin form', async () => {
    await exchange(`POST http://127.0.0.1:8808/mcp?a=b HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    expect(handled.map(({ url }) => url)).toEqual(['/mcp?a=b']);
  });

  it('serves an absolute form that writes its own host otherwise than the Host header', async () => {
    await host.close(0);
    await open({ publicUrl: 'https://gate.example' });
    // The second as a proxy that ends TLS may write it.
    for (const target of ['https://GATE.example:443/mcp', 'http://gate.example/mcp?x']) {
      await exchange(
        `POST ${target} HTTP/1.1\r\nHost: gate.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`,
        2000,
      );
    }
    expect(handled.map(({ url }) => url)).toEqual(['/mcp', '/mcp?x']);
  });

  it('GW-20 cuts a header block that never ends, and a connection that sends nothing', async () => {
    await host.close(0);
    await open({ headersTimeoutMilliseconds: 300 });
    const [half, idle] = await Promise.all([exchange('GET /mcp HTTP/1.1\r\nHo', 5000), exchange('', 5000)]);
    expect(status(half.text)).toBe(408);
    expect(half.closed && idle.closed).toBe(true);
  });

  it('gives every request an id of its own, never the client’s', async () => {
    const { text } = await exchange(`POST /mcp HTTP/1.1\r\n${HOST}X-Request-Id: mine\r\nContent-Length: 0\r\n\r\n`);
    const id = /X-Request-Id: ([\w-]{16})\r\n/.exec(text)?.[1];
    expect(handled[0]?.context).toEqual({ correlationId: id, network: '127.0.0.1' });
  });

  it.each(['/livez', '/readyz'])(
    'GW-17 ends the connection on which %s was asked, which nothing counted',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'DELETE']) {
        const probe = `${method} ${path} HTTP/1.1\r\n${HOST}\r\n`;
        const { text, closed } = await exchange(probe + probe, 2000);
        expect(text).toContain('Connection: close\r\n');
        expect(text.match(/HTTP\/1\.1/g)).toHaveLength(1);
        expect(closed).toBe(true);
      }
    },
  );

  it.each(['/livez', '/readyz'])('GW-06 answers %s on any host, status only', async (path) => {
    for (const head of ['Host: evil.test\r\n', HOST]) {
      expect((await exchange(`GET ${path} HTTP/1.1\r\n${head}\r\n`)).text).toMatch(
        /^HTTP\/1\.1 200 OK[\s\S]*\r\n\r\nok\n$/,
      );
    }
    expect(status((await exchange(`GET ${path} HTTP/1.0\r\n\r\n`)).text)).toBe(200);
    expect((await exchange(`HEAD ${path} HTTP/1.1\r\n${HOST}\r\n`)).text).toMatch(/\r\n\r\n$/);
    expect(status((await exchange(`POST ${path} HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`)).text)).toBe(405);
  });

  it('/readyz says degraded, /livez goes on', async () => {
    ready = false;
    const { text } = await exchange(`GET /readyz HTTP/1.1\r\n${HOST}\r\n`);
    expect(text).toMatch(/^HTTP\/1\.1 503 [\s\S]*\r\n\r\ndegraded\n$/);
    expect(status((await exchange(`GET /livez HTTP/1.1\r\n${HOST}\r\n`)).text)).toBe(200);
  });

  it('GW-06 answers 403 with the right address to another host on loopback', async () => {
    const { text, closed } = await exchange('GET /mcp HTTP/1.1\r\nHost: evil.test\r\n\r\n');
    expect(status(text)).toBe(403);
    expect(text).toContain(PUBLIC_URL);
    expect(text).not.toContain('evil.test');
    expect(closed).toBe(true);
    expect(events).toMatchObject([
      { type: 'request.refused', reason: 'unknown_host', httpStatus: 403, network: '127.0.0.1' },
    ]);
  });

  it('GW-03 forwarding and override headers change nothing', async () => {
    const headers = [
      'X-Forwarded-For: 198.51.100.1',
      'X-Forwarded-Host: evil.test',
      'X-Forwarded-Proto: https',
      'X-Forwarded-Prefix: /evil',
      'X-Original-URL: /livez',
      'X-HTTP-Method-Override: GET',
      'Forwarded: for=198.51.100.1;host=evil.test',
    ].join('\r\n');
    await exchange(`POST /token HTTP/1.1\r\n${HOST}${headers}\r\nContent-Length: 3\r\n\r\na=b`);
    expect(fetched[0]?.context.network).toBe('127.0.0.1');
    expect(fetched[0]?.request.url).toBe(`${PUBLIC_URL}/token`);
    expect(fetched[0]?.request.method).toBe('POST');
  });

  it('GW-17 answers 429 beyond the flood guard, before anything else but health', async () => {
    await host.close(0);
    await open({ floodPerMinute: 2 });
    const request = `GET /nothing HTTP/1.1\r\n${HOST}\r\n`;
    expect(status((await exchange(request)).text)).toBe(404);
    expect(status((await exchange(request)).text)).toBe(404);
    const { text } = await exchange(request);
    expect(status(text)).toBe(429);
    expect(text).toContain('Retry-After: 42\r\n');
    expect(events.at(-1)).toMatchObject({ type: 'rate_limit.exceeded', rule: 'flood', network: '127.0.0.1' });
    expect(status((await exchange(`GET /livez HTTP/1.1\r\n${HOST}\r\n`)).text)).toBe(200);
  });

  it('shows the page to a browser only', async () => {
    const page = await exchange(`GET /mcp HTTP/1.1\r\n${HOST}Accept: text/html,*/*\r\n\r\n`);
    expect(page.text).toContain('<h1>human /mcp</h1>');
    expect(page.text).toContain("Content-Security-Policy: default-src 'none'");
    await exchange(`GET /mcp HTTP/1.1\r\n${HOST}Accept: text/event-stream\r\n\r\n`);
    await exchange(`GET /mcp HTTP/1.1\r\n${HOST}Accept: text/html\r\nAuthorization: Bearer x\r\n\r\n`);
    await exchange(`POST /mcp HTTP/1.1\r\n${HOST}Accept: text/html\r\nContent-Length: 0\r\n\r\n`);
    expect(handled.map(({ method }) => method)).toEqual(['GET', 'GET', 'POST']);
  });

  it.each(['/MCP', '/mcp/', '/mcp.', '/healthz', '/sse', '/metrics'])('GW-04 GW-19 has nothing at %s', async (path) => {
    const { text } = await exchange(`GET ${path} HTTP/1.1\r\n${HOST}Accept: text/html\r\n\r\n`);
    expect(status(text)).toBe(404);
    expect(text).toContain('nothing here');
    expect(handled).toEqual([]);
  });

  it('serves metadata to any origin, without credentials', async () => {
    const path = '/.well-known/oauth-protected-resource/mcp';
    const { text } = await exchange(`GET ${path} HTTP/1.1\r\n${HOST}Origin: https://evil.test\r\n\r\n`);
    expect(text).toContain('Access-Control-Allow-Origin: *\r\n');
    expect(text).not.toContain('Access-Control-Allow-Credentials');
    expect(text).toContain('{"resource":"x"}');
    expect(status((await exchange(`OPTIONS ${path} HTTP/1.1\r\n${HOST}\r\n`)).text)).toBe(204);
    expect(status((await exchange(`DELETE ${path} HTTP/1.1\r\n${HOST}\r\n`)).text)).toBe(405);
  });

  it('serves assets and knows when a browser has them', async () => {
    const { text } = await exchange(`GET /assets/a.css HTTP/1.1\r\n${HOST}\r\n`);
    const etag = /ETag: (".*")/.exec(text)?.[1];
    expect(text).toContain('a{}');
    const again = await exchange(`GET /assets/a.css HTTP/1.1\r\n${HOST}If-None-Match: ${etag}\r\n\r\n`);
    expect(status(again.text)).toBe(304);
  });

  it('carries a request to the authorization server and its answer back', async () => {
    const head = `POST /token?x=1 HTTP/1.1\r\n${HOST}Content-Type: text/plain\r\nAuthorization: Basic a\r\nAuthorization: Basic b\r\n`;
    const { text } = await exchange(`${head}Transfer-Encoding: chunked\r\n\r\n3\r\na=b\r\n0\r\n\r\n`);
    expect(text).toMatch(/set-cookie: a=1\r\nset-cookie: b=2\r\n/i);
    expect(text.endsWith('{"ok":true}')).toBe(true);
    expect(fetched[0]).toMatchObject({ body: 'a=b' });
    expect(fetched[0]?.request.url).toBe(`${PUBLIC_URL}/token?x=1`);
    expect(fetched[0]?.request.headers.get('authorization')).toBe('Basic a, Basic b');
  });

  it('carries a whole request to the endpoints of clients, with what Node would drop of its headers', async () => {
    const head = `POST /whole?x=1 HTTP/1.1\r\n${HOST}aUTHORIZATION: Basic a\r\nAuthorization: Basic b\r\n`;
    const { text } = await exchange(`${head}Content-Length: 3\r\n\r\na=b`);
    expect(status(text)).toBe(401);
    expect(text).toMatch(/\r\nwww-authenticate: Basic\r\n/);
    expect(text).toMatch(/\r\nContent-Length: 4\r\n/);
    expect(text.endsWith('\r\n\r\nnö!')).toBe(false);
    expect(Buffer.from(text, 'latin1').toString()).toMatch(/\r\n\r\nnö!$/);
    const { request } = wholes[0] ?? {};
    expect(request).toMatchObject({ method: 'POST', pathname: '/whole', search: '?x=1' });
    expect(Buffer.from(request?.body ?? []).toString()).toBe('a=b');
    expect(request?.header('authorization')).toBe('Basic a, Basic b');
    expect(request?.header('content-type')).toBeNull();
    expect(fetched).toEqual([]);
  });

  it('leaves out the body of an answer that has none: to HEAD, and by its status', async () => {
    const head = (await exchange(`HEAD /whole HTTP/1.1\r\n${HOST}\r\n`)).text;
    expect(head).toMatch(/\r\nContent-Length: 4\r\n/);
    expect(head.endsWith('\r\n\r\n')).toBe(true);
    wholeAnswer = { status: 204, headers: {}, body: '' };
    const none = (await exchange(`OPTIONS /whole HTTP/1.1\r\n${HOST}\r\n`)).text;
    expect(status(none)).toBe(204);
    expect(none).not.toMatch(/content-length/i);
  });

  it.each([
    ['announced', `Content-Length: 70000\r\n\r\n`],
    ['sent', `Transfer-Encoding: chunked\r\n\r\n11170\r\n${'a'.repeat(70_000)}\r\n0\r\n\r\n`],
  ])('refuses a body that is too large as %s', async (_how, rest) => {
    const { text, closed } = await exchange(`POST /token HTTP/1.1\r\n${HOST}${rest}`, 2000);
    expect(status(text)).toBe(413);
    expect(text).toContain('\r\nx-unread: body_too_large\r\n');
    expect(closed).toBe(true);
    expect(fetched).toEqual([]);
  });

  it('tells the client nothing of a fault but its reference', async () => {
    const { text } = await exchange(`POST /boom HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`);
    expect(status(text)).toBe(503);
    expect(text).not.toContain('canary');
    expect(faults).toHaveLength(1);
  });

  it('F-10 lets an answer under way finish, refuses new connections, and ends what outlives the grace', async () => {
    let finish = (): void => {};
    mcpAnswer = (response) => {
      response.write('begun ');
      finish = () => response.end('and finished');
    };
    const slow = exchange(`POST /mcp HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, 5000);
    await expect.poll(() => handled.length).toBe(1);
    const closed = host.close(5000);
    expect((await exchange(`GET /livez HTTP/1.1\r\n${HOST}\r\n`)).text).toBe('');
    finish();
    expect((await slow).text).toContain('and finished');
    await closed;

    await open();
    mcpAnswer = (response) => void response.write('never ends');
    const cut = exchange(`POST /mcp HTTP/1.1\r\n${HOST}Content-Length: 0\r\n\r\n`, 5000);
    await expect.poll(() => handled.length).toBe(2);
    const started = performance.now();
    await host.close(200);
    await cut;
    expect(performance.now() - started).toBeLessThan(4000);
  });

  it('F-10 waits a second, not the whole grace, for connections that never asked anything', async () => {
    const silent = exchange('', 8000);
    const late = connect(port, '127.0.0.1');
    let text = '';
    late.setEncoding('latin1').on('data', (chunk) => {
      text += chunk;
    });
    await new Promise((resolve) => late.once('connect', resolve));
    await exchange(`GET /livez HTTP/1.1\r\n${HOST}\r\n`);
    const started = performance.now();
    const closed = host.close(8000);
    setTimeout(() => late.write(`GET /livez HTTP/1.1\r\n${HOST}\r\n`), 300);
    await closed;
    await silent;
    expect(performance.now() - started).toBeLessThan(4000);
    expect(status(text)).toBe(200);
  });

  it('says in one sentence that a port is in use', async () => {
    const second = createHost({
      ...({ tls: undefined, publicUrl: PUBLIC_URL, trustedProxies: [], floodPerMinute: 1, routes } as const),
      ...({ platform: nodePlatform, rateLimiter: countingRateLimiter(), audit: { record: () => {} } } as const),
      host: '127.0.0.1',
      port,
      maxConnections: 1,
      maxConnectionsPerNetwork: undefined,
      strictTransportSecurity: false,
      ready: () => ({ ready: true }),
      onFault: () => {},
    });
    const failure = await second.listen().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ProgramError);
    expect(String(failure)).toMatch(`port ${port} on 127.0.0.1 is in use`);
  });
});
