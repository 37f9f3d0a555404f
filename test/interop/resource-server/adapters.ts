import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { requireBearerAuth as requireBearerAuthOfExpressV2 } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { requireBearerAuth as requireBearerAuthV1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { requireBearerAuth as requireBearerAuthV2 } from '@modelcontextprotocol/server';
import { fetchGuard, type ProtectedResource } from '@portcullis/resource-server';
import { expressGuard } from '@portcullis/resource-server/express';
import { fastifyGuard } from '@portcullis/resource-server/fastify';
import { nodeGuard } from '@portcullis/resource-server/node';
import { tokenVerifier as tokenVerifierV1 } from '@portcullis/resource-server/sdk-v1';
import { tokenVerifier as tokenVerifierV2 } from '@portcullis/resource-server/sdk-v2';
import express, { type RequestHandler } from 'express';
import Fastify from 'fastify';
import { Hono } from 'hono';
import { listenOnLoopback } from '../../support/loopback-host.js';
import { createMcpBehind, createResources, type GuardedResources, type McpBehind } from './guarded-server.js';

/** A way to put a resource behind a guard. */
export interface Adapter {
  readonly name: string;
  /** The guard of an SDK with our verifier in it: it decides some things its own way. */
  readonly isOfSdk?: boolean;
  start(issuer: string): Promise<GuardedServer>;
}

/** A server with the resources `/a/mcp` and `/b/mcp`. */
export interface GuardedServer extends GuardedResources {
  readonly origin: string;
  readonly mcp: McpBehind;
  close(): Promise<void>;
}

type Listener = Parameters<Awaited<ReturnType<typeof listenOnLoopback>>['serve']>[0];

/** An adapter, by how it makes a listener of the resources. */
function adapter(
  name: string,
  listen: (resources: GuardedResources, mcp: McpBehind) => Listener | Promise<Listener>,
  isOfSdk = false,
): Adapter {
  return {
    name,
    isOfSdk,
    async start(issuer) {
      const host = await listenOnLoopback();
      const resources = createResources(host.origin, issuer);
      const mcp = createMcpBehind();
      host.serve(await listen(resources, mcp));
      return { ...resources, origin: host.origin, mcp, close: host.close };
    },
  };
}

const notFound = (): Response => new Response('nothing here', { status: 404 });

/** The handler of SDK v2 for Node, whose types do not know `exactOptionalPropertyTypes`. */
function handleNode(
  mcp: McpBehind,
): (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void> {
  const handle = toNodeHandler(mcp.handler);
  return (request, response, body) => handle(request as never, response, body);
}

/** Mounts the handler where routers are least strict: any spelling, and all that lies beneath. */
function expressApp(guards: RequestHandler[], mcp: McpBehind, before: RequestHandler[] = []): Listener {
  const app = express();
  const handle = toNodeHandler(mcp.handler);
  if (before.length > 0) app.use(...before);
  if (guards.length > 0) app.use(...guards);
  app.use(['/a/mcp', '/b/mcp'], (request, response) => handle(request, response, request.body));
  return app;
}

function sdkExpressApp(guardOf: (resource: ProtectedResource) => RequestHandler) {
  return ({ a, b }: GuardedResources, mcp: McpBehind): Listener => {
    const app = express();
    const handle = toNodeHandler(mcp.handler);
    app.use('/a/mcp', guardOf(a), (request, response) => handle(request, response, request.body));
    app.use('/b/mcp', guardOf(b), (request, response) => handle(request, response, request.body));
    return app;
  };
}

export const ADAPTERS: readonly Adapter[] = [
  adapter('fetch', ({ a, b }, { handler }) => {
    const serve = fetchGuard(a).wrap(
      (request, { authInfo }) => handler.fetch(request, { authInfo }),
      fetchGuard(b).wrap((request, { authInfo }) => handler.fetch(request, { authInfo }), notFound),
    );
    return getRequestListener(serve);
  }),
  adapter('Hono', ({ a, b }, { handler }) => {
    const app = new Hono();
    for (const guard of [fetchGuard(a), fetchGuard(b)]) {
      app.use(async (context, next) => {
        if (!guard.covers(context.req.raw)) return next();
        const admitted = await guard(context.req.raw);
        if (admitted instanceof Response) return admitted;
        return admitted.answer(await handler.fetch(admitted.request, { authInfo: admitted.authInfo }));
      });
    }
    return getRequestListener(app.fetch);
  }),
  adapter('Express', ({ a, b }, mcp) => expressApp([expressGuard(a), expressGuard(b)], mcp)),
  adapter('Express behind a body parser', ({ a, b }, mcp) =>
    expressApp([expressGuard(a), expressGuard(b)], mcp, [express.json({ limit: '4mb' })]),
  ),
  adapter('Fastify', async ({ a, b }, mcp) => {
    const app = Fastify({
      routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
    });
    const handle = handleNode(mcp);
    await app.register(fastifyGuard(a));
    await app.register(fastifyGuard(b));
    for (const path of ['/a/mcp', '/b/mcp']) {
      app.all(path, async (request, reply) => {
        reply.hijack();
        await handle(
          Object.assign(request.raw, { auth: (request as never as { auth: never }).auth }),
          reply.raw,
          request.body,
        );
      });
    }
    await app.ready();
    return (request, response) => app.routing(request, response);
  }),
  adapter('node:http', ({ a, b }, mcp) => {
    const handle = handleNode(mcp);
    return nodeGuard(a).wrap(
      (request, response, { body }) => handle(request, response, body),
      nodeGuard(b).wrap(
        (request, response, { body }) => handle(request, response, body),
        (_, response) => void response.writeHead(404).end('nothing here'),
      ),
    );
  }),
  adapter(
    'SDK v1 requireBearerAuth',
    sdkExpressApp((resource) =>
      requireBearerAuthV1({ verifier: tokenVerifierV1(resource), resourceMetadataUrl: resource.metadataUrl }),
    ),
    true,
  ),
  adapter(
    'SDK v2 requireBearerAuth',
    ({ a, b }, { handler }) => {
      const gates = [a, b].map((resource) => ({
        path: new URL(resource.resource).pathname,
        gate: requireBearerAuthV2({
          verifier: tokenVerifierV2(resource),
          resourceMetadataUrl: resource.metadataUrl,
          expectedResource: new URL(resource.resource),
        }),
      }));
      return getRequestListener(async (request) => {
        const { pathname } = new URL(request.url);
        const found = gates.find(({ path }) => path === pathname);
        if (found === undefined) return notFound();
        const authInfo = await found.gate(request);
        return authInfo instanceof Response ? authInfo : handler.fetch(request, { authInfo });
      });
    },
    true,
  ),
  adapter(
    '@modelcontextprotocol/express requireBearerAuth',
    sdkExpressApp((resource) =>
      requireBearerAuthOfExpressV2({ verifier: tokenVerifierV2(resource), resourceMetadataUrl: resource.metadataUrl }),
    ),
    true,
  ),
];
