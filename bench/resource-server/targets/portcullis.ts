import type { RequestListener } from 'node:http';
import { getRequestListener } from '@hono/node-server';
import { fetchGuard, type ProtectedResource, protectResource } from '@portcullis/resource-server';
import { expressGuard } from '@portcullis/resource-server/express';
import { fastifyGuard } from '@portcullis/resource-server/fastify';
import { nodeGuard } from '@portcullis/resource-server/node';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import type { TargetModule } from '../../lib/target-module.js';
import { ANSWER, RESOURCE, SCOPE } from '../issuer.js';
import { serveTokens } from '../serve-tokens.js';

/** The guard of this project, by each of its adapters: discovery, every check, the cache of verified tokens. */
export const createTarget: TargetModule['createTarget'] = ({ benchmark }, options) =>
  serveTokens(benchmark, async ({ issuer }) => {
    const resource = protectResource({ resource: RESOURCE, authorizationServers: [issuer], requiredScopes: [SCOPE] });
    return await HOSTS[options['host'] as keyof typeof HOSTS](resource);
  });

const HOSTS = {
  node: (resource: ProtectedResource): RequestListener =>
    nodeGuard(resource).wrap((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': ANSWER.length }).end(ANSWER);
    }),
  express: (resource: ProtectedResource): RequestListener =>
    express()
      .use(expressGuard(resource))
      .get('/mcp', (_request, response) => void response.json({ ok: true })),
  async fastify(resource: ProtectedResource): Promise<RequestListener> {
    const app = fastify();
    await app.register(fastifyGuard(resource));
    app.get('/mcp', async () => ({ ok: true }));
    await app.ready();
    return (request, response) => app.routing(request, response);
  },
  hono(resource: ProtectedResource): RequestListener {
    const guard = fetchGuard(resource);
    const app = new Hono().get('/mcp', async (context) => {
      const admitted = await guard(context.req.raw);
      return admitted instanceof Response ? admitted : context.json({ ok: true });
    });
    return getRequestListener(app.fetch);
  },
};
