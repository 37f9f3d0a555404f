import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { toResendable } from './resendable.js';

interface Seen {
  readonly method: string | undefined;
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let server: Server;
let origin: string;
const seen: Seen[] = [];
beforeAll(async () => {
  server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += chunk;
    seen.push({ method: request.method, path: request.url, headers: request.headers, body });
    response.writeHead(307, { location: '/elsewhere' }).end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

/** Sends it twice, the second time to another path, with a header each. */
async function sendTwice(input: string | URL | Request, init?: RequestInit): Promise<readonly Seen[]> {
  seen.length = 0;
  const request = toResendable(input, init);
  for (const [index, path] of ['/first', '/second'].entries()) {
    const headers = new Headers(request.headers);
    headers.set('authorization', `Bearer ${index}`);
    const response = await request.send(fetch, index === 0 ? request.url : origin + path, headers);
    expect(response.status).toBe(307);
  }
  return [...seen];
}

const stream = (): ReadableStream<Uint8Array> => new Blob(['{"a":1}']).stream();
const typed = (type: string) => expect.stringContaining(type);
const form = new FormData();
form.set('a', '1');

it.each<[string, RequestInit['body'], unknown, unknown]>([
  ['a text', '{"a":1}', '{"a":1}', 'text/plain;charset=UTF-8'],
  ['bytes', new TextEncoder().encode('{"a":1}'), '{"a":1}', undefined],
  ['a form', new URLSearchParams({ a: '1' }), 'a=1', 'application/x-www-form-urlencoded;charset=UTF-8'],
  ['a blob', new Blob(['{"a":1}'], { type: 'application/json' }), '{"a":1}', 'application/json'],
  ['parts', form, expect.stringContaining('name="a"'), typed('multipart/form-data')],
  ['a stream', stream(), '{"a":1}', undefined],
])('sends %s twice, whole, and follows no redirect', async (_what, body, expected, contentType) => {
  const init = { method: 'POST', body, headers: { 'x-own': 'kept' }, duplex: 'half' } as RequestInit;
  const requests = await sendTwice(`${origin}/first`, init);
  expect(requests.map(({ path }) => path)).toEqual(['/first', '/second']);
  for (const [index, request] of requests.entries()) {
    expect(request).toMatchObject({ method: 'POST', body: expected });
    expect(request.headers).toMatchObject({ authorization: `Bearer ${index}`, 'x-own': 'kept' });
    expect(request.headers['content-type']).toEqual(contentType);
  }
});

it('sends a Request twice, with what stands beside it', async () => {
  const request = new Request(`${origin}/first`, { method: 'PUT', body: 'a body', headers: { 'x-own': 'replaced' } });
  for (const sent of await sendTwice(request, { headers: { 'x-own': 'kept' } })) {
    expect(sent).toMatchObject({ method: 'PUT', body: 'a body', headers: { 'x-own': 'kept' } });
  }
});

it('names the method as it is sent, and refuses what fetch refuses', () => {
  const methodOf = (method: string) => toResendable(origin, { method }).method;
  expect(['get', 'Post', 'patch', 'QUERY'].map(methodOf)).toEqual(['GET', 'POST', 'patch', 'QUERY']);
  expect(toResendable(origin, undefined).method).toBe('GET');
  expect(() => toResendable('/mcp', undefined)).toThrow(TypeError);
});

it('leaves the body to be read by whoever looks at a copy', async () => {
  for (const body of ['{"a":1}', stream()]) {
    const request = toResendable(origin, { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await request.copy().text()).toBe('{"a":1}');
    expect(await request.copy().text()).toBe('{"a":1}');
  }
});
