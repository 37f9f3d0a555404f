import type { AuditEvent } from '@portcullis/ports';
import Fastify, { type FastifyRequest } from 'fastify';
import { expect, it } from 'vitest';
import { type AuthInfo, callerOfAuthInfo } from '../adapters/auth-info.js';
import { callerOfRequest, type GuardedRequest } from '../adapters/guarded-request.js';
import { protectResource } from '../resource/protect-resource.js';
import { verifiedToken } from '../testing/verified-token.js';
import { fastifyGuard } from './fastify-guard.js';
import { fastifyMetadata } from './fastify-metadata.js';

const token = verifiedToken();
const events: AuditEvent[] = [];
const guarded = protectResource({
  resource: token.resource,
  authorizationServers: [{ issuer: token.issuer, verifier: { verify: () => ({ ok: true, value: token }) } }],
  tools: { write: ['files:write'] },
  allowedOrigins: ['https://app.example.com'],
  audit: { record: (event) => void events.push(event) },
});
const authorization = 'Bearer t';
const write = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'write' } };

it('tells handlers who calls, and leaves other routes alone', async () => {
  const app = Fastify();
  await app.register(fastifyGuard(guarded));
  const who = async (request: FastifyRequest & GuardedRequest) =>
    [request.caller?.subject, callerOfRequest(request)?.subject, request.auth?.token].join();
  app.post('/mcp', who);
  app.get('/health', who);
  const called = await app.inject({ method: 'POST', url: '/mcp', headers: { authorization }, payload: {} });
  const asked = await app.inject({ method: 'GET', url: '/health' });
  expect([called.body, asked.body]).toEqual(['usr_alice,usr_alice,t', ',,']);
});

it('tells whoever is handed Node’s own request too, where the body decides and where it does not', async () => {
  const app = Fastify();
  await app.register(fastifyGuard(guarded));
  app.all('/mcp', async ({ raw }) => callerOfAuthInfo((raw as { auth?: AuthInfo }).auth)?.subject);
  for (const call of [{ method: 'POST', payload: {} }, { method: 'GET' }] as const) {
    expect((await app.inject({ ...call, url: '/mcp', headers: { authorization } })).body).toBe('usr_alice');
  }
});

it('guards a path that Fastify is told to write over another', async () => {
  const app = Fastify({ rewriteUrl: () => '/mcp' });
  await app.register(fastifyGuard(guarded));
  app.post('/mcp', async () => 'in');
  expect((await app.inject({ method: 'POST', url: '/elsewhere' })).statusCode).toBe(401);
});

it('guards all that is in the prefix within which it is registered', async () => {
  const app = Fastify();
  await app.register(
    async (scope) => {
      await scope.register(fastifyGuard(guarded));
      scope.post('/tools', async () => 'in');
    },
    { prefix: '/api' },
  );
  expect((await app.inject({ method: 'POST', url: '/api/tools' })).statusCode).toBe(401);
  const call = { method: 'POST', url: '/api/tools', headers: { authorization } } as const;
  expect((await app.inject({ ...call, payload: { method: 'ping' } })).body).toBe('in');
  expect((await app.inject({ ...call, payload: write })).statusCode).toBe(403);
});

it('RS-12 lets no body by that a route leaves unparsed', async () => {
  const app = Fastify();
  await app.register(fastifyGuard(guarded));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null));
  app.post('/mcp', async () => 'in');
  const { statusCode } = await app.inject({ method: 'POST', url: '/mcp', headers: { authorization }, payload: write });
  expect(statusCode).toBe(400);
});

it('RS-12 lets no request by without a body, nor with one that was made up before anybody has read it', async () => {
  const app = Fastify();
  await app.register(fastifyGuard(guarded));
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', (_request, _payload, done) => done(null, {}));
  app.post('/mcp', async () => 'in');
  const call = { method: 'POST', url: '/mcp', headers: { authorization } } as const;
  expect((await app.inject({ ...call, payload: write })).statusCode).toBe(400);
  expect((await app.inject(call)).statusCode).toBe(400);
});

it('tells the trail of a request what the host describes it by', async () => {
  const app = Fastify({ trustProxy: true, genReqId: () => 'r-1' });
  await app.register(
    fastifyGuard(guarded, {
      describe: (request: FastifyRequest) => ({ network: request.ip, correlationId: request.id }),
    }),
  );
  events.length = 0;
  await app.inject({ method: 'POST', url: '/mcp', headers: { 'x-forwarded-for': '192.0.2.7' } });
  expect(events).toMatchObject([{ reason: 'missing', network: '192.0.2.7', correlationId: 'r-1' }]);
});

it('leaves said what else an answer varies by, whoever writes it', async () => {
  const app = Fastify();
  app.addHook('onRequest', async (_, reply) => void reply.header('vary', 'Accept-Encoding'));
  await app.register(fastifyGuard(guarded));
  app.get('/mcp', async () => 'in');
  const headers = { origin: 'https://app.example.com' };
  const refused = await app.inject({ url: '/mcp', headers });
  const admitted = await app.inject({ url: '/mcp', headers: { ...headers, authorization } });
  expect([refused.statusCode, admitted.statusCode]).toEqual([401, 200]);
  for (const answer of [refused, admitted]) expect(answer.headers['vary']).toBe('Accept-Encoding, Origin');
});

it('serves the metadata beside a guard within a prefix, and leaves all else alone', async () => {
  const app = Fastify();
  await app.register(fastifyMetadata(guarded));
  await app.register(
    async (scope) => {
      await scope.register(fastifyGuard(guarded));
      scope.post('/', async () => 'in');
    },
    { prefix: '/mcp' },
  );
  app.get('/health', async () => 'well');
  expect((await app.inject(new URL(guarded.metadataUrl).pathname)).json()).toEqual(guarded.metadata);
  expect((await app.inject('/health')).body).toBe('well');
  expect((await app.inject({ method: 'POST', url: '/mcp/' })).statusCode).toBe(401);
});
