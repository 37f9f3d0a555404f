import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { AuditEvent } from '@portcullis/ports';
import express, { type Request } from 'express';
import { afterEach, expect, it } from 'vitest';
import { callerOfRequest, type GuardedRequest } from '../adapters/guarded-request.js';
import { protectResource } from '../resource/protect-resource.js';
import { protectTenants } from '../tenancy/protect-tenants.js';
import { verifiedToken } from '../testing/verified-token.js';
import { expressGuard } from './express-guard.js';
import { expressMetadata } from './express-metadata.js';

const token = verifiedToken();
const events: AuditEvent[] = [];
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  tools: { write: ['files:write'] },
  allowedOrigins: ['https://app.example.com'],
  audit: { record: (event) => void events.push(event) },
});
const guard = expressGuard(guarded);

let server: Server | undefined;
afterEach(() => new Promise((resolve) => server?.close(resolve)));

async function call(app: RequestListener, path: string, init: RequestInit = {}): Promise<[number, string]> {
  server = createServer(app);
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const response = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: 'Bearer t', connection: 'close' },
    ...init,
  });
  return [response.status, await response.text()];
}

const anonymous = { headers: {} };
const write = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'write' } });

/** Answers whom the guard let in, with which body. */
const handler: express.RequestHandler = (request, response) => {
  response.send(`${callerOfRequest(request)?.subject} ${JSON.stringify(request.body)}`);
};

it('guards a route that it is put before, whatever its path, and what is mounted', async () => {
  expect((await call(express().post('/api', guard, handler), '/api', anonymous))[0]).toBe(401);
  expect((await call(express().use('/api', guard, handler), '/api/deep', anonymous))[0]).toBe(401);
  expect((await call(express().use(guard, handler), '/api', anonymous))[0]).toBe(200);
});

it('guards a path that an earlier handler has written over another', async () => {
  const app = express().use((request, _, next) => {
    request.url = '/mcp';
    next();
  });
  expect((await call(app.use(guard).post('/mcp', handler), '/elsewhere', anonymous))[0]).toBe(401);
});

it('leaves the parsed body to the handler, and tells it who calls', async () => {
  const app = express().use(guard).post('/mcp', handler);
  expect(await call(app, '/mcp', { body: '{"method":"ping"}' })).toEqual([200, 'usr_alice {"method":"ping"}']);
});

it('has handlers whose request tells the caller, by the types as well', async () => {
  const typed = (request: Request & GuardedRequest, response: express.Response): void => {
    response.send([request.auth?.token, request.caller?.subject, callerOfRequest(request)?.clientId].join());
  };
  const answered = await call(express().post('/mcp', guard, typed), '/mcp', { body: '{"method":"ping"}' });
  expect(answered).toEqual([200, `t,usr_alice,${token.clientId}`]);
});

it('RS-12 decides by what a parser before it has read, text and bytes included', async () => {
  for (const parser of [express.json(), express.text({ type: () => true }), express.raw({ type: () => true })]) {
    const [status, text] = await call(express().use(parser, guard).post('/mcp', handler), '/mcp', { body: write });
    expect([status, text]).toEqual([403, expect.stringContaining('insufficient_scope')]);
  }
});

it('RS-12 refuses a body that somebody has read and not left', async () => {
  const app = express().use((request, _, next) => {
    request.resume().on('end', () => next());
  });
  expect((await call(app.use(guard).post('/mcp', handler), '/mcp', { body: write }))[0]).toBe(400);
});

it('RS-12 does not believe an object that is there before anybody has read the request', async () => {
  const app = express().use((request, _, next) => {
    request.body ||= {};
    next();
  });
  const parsesLater = app.use(guard).post('/mcp', express.json(), handler);
  expect((await call(parsesLater, '/mcp', { body: write }))[0]).toBe(403);
  expect(await call(parsesLater, '/mcp', { body: '{"method":"ping"}' })).toEqual([200, 'usr_alice {"method":"ping"}']);
});

it('RS-12 refuses a body of which somebody has read the beginning', async () => {
  const app = express().use((request, _, next) => {
    request.once('data', () => {
      request.pause();
      next();
    });
  });
  expect((await call(app.use(guard).post('/mcp', handler), '/mcp', { body: write }))[0]).toBe(400);
});

it('RS-12 does not believe an empty object that a parser left for what it did not look at', async () => {
  const app = express().use((request, _, next) => {
    request.body = {};
    next();
  });
  const headers = { 'content-type': 'text/plain', authorization: 'Bearer t' };
  expect((await call(app.use(guard).post('/mcp', handler), '/mcp', { body: write, headers }))[0]).toBe(415);
});

it('tells the trail of a request what the host describes it by', async () => {
  const described = expressGuard(guarded, {
    describe: (request: Request) => ({ network: request.ip, correlationId: request.get('x-request-id') }),
  });
  const app = express().set('trust proxy', true).use(described);
  events.length = 0;
  await call(app, '/mcp', { headers: { 'x-request-id': 'r-1', 'x-forwarded-for': '192.0.2.7' } });
  expect(events).toMatchObject([{ reason: 'missing', network: '192.0.2.7', correlationId: 'r-1' }]);
});

it('serves the metadata beside a guard that is mounted, and leaves all else alone', async () => {
  const app = express().use(expressMetadata(guarded)).use('/mcp', guard, handler).use(handler);
  const [status, text] = await call(app, new URL(guarded.metadataUrl).pathname, { method: 'GET' });
  expect([status, JSON.parse(text)]).toEqual([200, guarded.metadata]);
  expect((await call(app, '/mcp', anonymous))[0]).toBe(401);
  expect((await call(app, '/.well-known/oauth-protected-resource', { method: 'GET' }))[1]).toBe('undefined undefined');
});

it('serves the metadata of each tenant beside a guard that is mounted', async () => {
  const tenants = protectTenants({
    resource: 'https://gw.test/t/{tenant}/mcp',
    tenant: async (name) => (name === 'a' ? { authorizationServers: ['https://as.test'] } : undefined),
  });
  const app = express().use(expressMetadata(tenants)).use('/t/:tenant/mcp', expressGuard(tenants), handler);
  const metadata = '/.well-known/oauth-protected-resource/t';
  const [status, text] = await call(app, `${metadata}/a/mcp`, { method: 'GET' });
  expect([status, JSON.parse(text)]).toMatchObject([200, { resource: 'https://gw.test/t/a/mcp' }]);
  expect((await call(app, `${metadata}/b/mcp`, { method: 'GET' }))[0]).toBe(404);
  expect((await call(app, '/t/a/mcp', anonymous))[0]).toBe(401);
});
