import type { IncomingMessage, ServerResponse } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { requireBearerAuth as requireBearerAuthOfExpressV2 } from '@modelcontextprotocol/express';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { requireBearerAuth as requireBearerAuthV1 } from '@modelcontextprotocol/sdk/server/auth/middleware/bearerAuth.js';
import { requireBearerAuth as requireBearerAuthV2 } from '@modelcontextprotocol/server';
import { fetchGuard, type ProtectedResource } from '@portcullis/resource-server';
import { expressGuard, expressMetadata } from '@portcullis/resource-server/express';
import { fastifyGuard } from '@portcullis/resource-server/fastify';
import { nodeGuard } from '@portcullis/resource-server/node';
import { tokenVerifier as tokenVerifierV1 } from '@portcullis/resource-server/sdk-v1';
import { tokenVerifier as tokenVerifierV2 } from '@portcullis/resource-server/sdk-v2';
import express, { type RequestHandler } from 'express';
import Fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { Hono } from 'hono';
import { listenOnLoopback } from '../../support/loopback-host.js';
import { createMcpBehind, createResources, type GuardedResources, type McpBehind } from './guarded-server.js';

/** A way to put a resource behind a guard. */
export interface Adapter {
  readonly name: string;
  /** The guard of an SDK with our verifier in it: it decides some things its own way. */
  readonly isOfSdk?: boolean;
  /** The guard is where the route is: what the router does not find, it never sees. */
  readonly isAtPath?: boolean;
  start(issuer: string): Promise<GuardedServer>;
}

/** A server with the resources `/a/mcp`, `/b/mcp`, `/strict/mcp` and `/bound/mcp`. */
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
  kind: Pick<Adapter, 'isOfSdk' | 'isAtPath'> = {},
): Adapter {
  return {
    name,
    ...kind,
    async start(issuer) {
      const host = await listenOnLoopback();
      const resources = createResources(host.origin, issuer);
      const mcp = createMcpBehind();
      host.serve(await listen(resources, mcp));
      return { ...resources, origin: host.origin, mcp, close: host.close };
    },
  };
}

const PATHS = ['/a/mcp', '/b/mcp', '/strict/mcp', '/bound/mcp'];

const notFound = (): Response => new Response('nothing here', { status: 404 });

/** The handler of SDK v2 for Node, whose types do not know `exactOptionalPropertyTypes`. */
function handleNode(
  mcp: McpBehind,
): (request: IncomingMessage, response: ServerResponse, body: unknown) => Promise<void> {
  const handle = toNodeHandler(mcp.handler);
  return (request, response, body) => handle(request as never, response, body);
}

function guardsOf(resources: readonly ProtectedResource[]): RequestHandler[] {
  return resources.map((resource) => expressGuard(resource));
}

/** Mounts the handler where routers are least strict: any spelling, and all that lies beneath. */
function expressApp(guards: RequestHandler[], mcp: McpBehind, before: RequestHandler[] = []): Listener {
  const app = express();
  const handle = toNodeHandler(mcp.handler);
  if (before.length > 0) app.use(...before);
  if (guards.length > 0) app.use(...guards);
  app.use(PATHS, (request, response) => handle(request, response, request.body));
  return app;
}

/** The guard of each resource, mounted at its path. */
function mountedExpressApp(
  guardOf: (resource: ProtectedResource) => RequestHandler,
  before: (resource: ProtectedResource) => RequestHandler[] = () => [],
) {
  return ({ all }: GuardedResources, mcp: McpBehind): Listener => {
    const app = express();
    const handle = toNodeHandler(mcp.handler);
    for (const resource of all) {
      for (const handler of before(resource)) app.use(handler);
      app.use(new URL(resource.resource).pathname, guardOf(resource), (request, response) =>
        handle(request, response, request.body),
      );
    }
    return app;
  };
}

/** Fastify with its router as little strict as it can be. */
function fastifyApp() {
  return Fastify({
    routerOptions: { caseSensitive: false, ignoreTrailingSlash: true, ignoreDuplicateSlashes: true },
  });
}

/** Hands a request that the guard let in to the handler of the SDK. */
function handleFastify(mcp: McpBehind) {
  const handle = handleNode(mcp);
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    reply.hijack();
    await handle(request.raw, reply.raw, request.body);
  };
}

export const ADAPTERS: readonly Adapter[] = [
  adapter('fetch', ({ all }, { handler }) =>
    getRequestListener(
      all.reduce<(request: Request) => Response | Promise<Response>>(
        (elsewhere, resource) =>
          fetchGuard(resource).wrap((request, { authInfo }) => handler.fetch(request, { authInfo }), elsewhere),
        notFound,
      ),
    ),
  ),
  adapter('Hono', ({ all }, { handler }) => {
    const app = new Hono();
    for (const guard of all.map((resource) => fetchGuard(resource))) {
      app.use(async (context, next) => {
        if (!guard.covers(context.req.raw)) return next();
        const admitted = await guard(context.req.raw);
        if (admitted instanceof Response) return admitted;
        return admitted.answer(await handler.fetch(admitted.request, { authInfo: admitted.authInfo }));
      });
    }
    return getRequestListener(app.fetch);
  }),
  adapter('Express', ({ all }, mcp) => expressApp(guardsOf(all), mcp)),
  adapter('Express behind a body parser', ({ all }, mcp) =>
    expressApp(guardsOf(all), mcp, [express.json({ limit: '4mb' })]),
  ),
  adapter(
    'Express at a path',
    mountedExpressApp(
      (resource) => expressGuard(resource),
      (resource) => [expressMetadata(resource)],
    ),
    { isAtPath: true },
  ),
  adapter('Fastify', async ({ all }, mcp) => {
    const app = fastifyApp();
    for (const resource of all) await app.register(fastifyGuard(resource));
    for (const path of PATHS) app.all(path, handleFastify(mcp));
    await app.ready();
    return (request, response) => app.routing(request, response);
  }),
  adapter('node:http', ({ all }, mcp) => {
    const handle = handleNode(mcp);
    return all.reduce<Listener>(
      (elsewhere, resource) =>
        nodeGuard(resource).wrap(
          (request, response, { body }) => handle(request, response, body),
          async (request, response) => elsewhere(request, response),
        ),
      (_, response) => void response.writeHead(404).end('nothing here'),
    );
  }),
  adapter(
    'SDK v1 requireBearerAuth',
    mountedExpressApp((resource) =>
      requireBearerAuthV1({ verifier: tokenVerifierV1(resource), resourceMetadataUrl: resource.metadataUrl }),
    ),
    { isOfSdk: true },
  ),
  adapter(
    'SDK v2 requireBearerAuth',
    ({ all }, { handler }) => {
      const gates = all.map((resource) => ({
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
    { isOfSdk: true },
  ),
  adapter(
    '@modelcontextprotocol/express requireBearerAuth',
    mountedExpressApp((resource) =>
      requireBearerAuthOfExpressV2({ verifier: tokenVerifierV2(resource), resourceMetadataUrl: resource.metadataUrl }),
    ),
    { isOfSdk: true },
  ),
];
