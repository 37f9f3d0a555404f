import { connect, createServer, type Http2Server } from 'node:http2';
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fastifyGuard } from '../fastify/fastify-guard.js';
import { nodeGuard } from '../node/node-guard.js';
import { protectResource } from '../resource/protect-resource.js';
import { verifiedToken } from '../testing/verified-token.js';

const token = verifiedToken();
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  tools: { write: ['files:write'] },
});
const JSON_TYPE = { 'content-type': 'application/json' };
const call = (name: string): string =>
  JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name } });

const isHalf = (body: unknown): boolean => JSON.stringify(body) === call('half');

/** One exchange over HTTP/2 without TLS, which announces no length: status and text. */
function post(port: number, path: string, body: string, headers: Record<string, string> = {}): Promise<string> {
  const session = connect(`http://127.0.0.1:${port}`);
  return new Promise<string>((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, authorization: 'Bearer t', ...headers });
    let answer = '';
    stream.on('response', (head) => {
      answer = `${head[':status']} `;
    });
    stream.on('data', (chunk) => {
      answer += chunk;
    });
    stream.on('end', () => resolve(answer));
    stream.on('error', reject);
    stream.end(body);
  }).finally(() => session.close());
}

describe('node:http2', () => {
  let server: Http2Server;
  let port: number;
  const guard = nodeGuard(guarded);
  const fail = guard.wrap(async (_, response, { body }) => {
    if (isHalf(body)) response.writeHead(200).write('half');
    throw new Error('secret inside');
  });
  beforeAll(async () => {
    server = createServer((request, response) => {
      const serve = (): void => {
        void guard(request as never, response as never).then((admitted) => {
          if (admitted !== undefined) response.end(`in ${JSON.stringify(admitted.body)}`);
        });
      };
      if (request.url === '/mcp/fails') void fail(request as never, response as never);
      else if (request.url === '/mcp/read-before') request.resume().on('end', serve);
      else serve();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  it('RS-12 decides by the body, which is announced by no header', async () => {
    expect(await post(port, '/mcp', call('write'), JSON_TYPE)).toMatch(/^403 /);
    expect(await post(port, '/mcp', call('read'), JSON_TYPE)).toBe(`200 in ${call('read')}`);
  });

  it('answers 500 where a handler fails, and breaks off what had begun', async () => {
    expect(await post(port, '/mcp/fails', call('read'), JSON_TYPE)).toMatch(/^500 .*Internal error/);
    await expect(post(port, '/mcp/fails', call('half'), JSON_TYPE)).rejects.toThrow(/INTERNAL_ERROR/);
  });

  it('RS-12 refuses a body that somebody has read, and a request without one', async () => {
    expect(await post(port, '/mcp/read-before', call('write'), JSON_TYPE)).toMatch(/^400 /);
    expect(await post(port, '/mcp', '', JSON_TYPE)).toMatch(/^400 /);
    expect(await post(port, '/mcp', call('write'))).toMatch(/^415 /);
  });
});

describe('Fastify over HTTP/2', () => {
  const app = Fastify({ http2: true });
  let port: number;
  beforeAll(async () => {
    await app.register(fastifyGuard(guarded));
    app.post('/mcp', async (request) => `in ${JSON.stringify(request.body)}`);
    await app.listen({ port: 0, host: '127.0.0.1' });
    port = (app.server.address() as AddressInfo).port;
  });
  afterAll(() => app.close());

  it('RS-12 decides by the body, and lets none by that Fastify has not parsed', async () => {
    expect(await post(port, '/mcp', call('write'), JSON_TYPE)).toMatch(/^403 /);
    expect(await post(port, '/mcp', call('read'), JSON_TYPE)).toBe(`200 in ${call('read')}`);
    expect(await post(port, '/mcp', call('write'))).toMatch(/^400 /);
  });
});
