// Hono and SDK v2, on web standards: but for its last lines it runs on Deno, Bun and workers as well.
import { serve } from '@hono/node-server';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { fetchGuard } from '@portcullis/resource-server';
import { Hono } from 'hono';
import { protectWeather } from './protected.js';
import { attend, HOST, PORT } from './running.js';
import { weatherOnV2 } from './server-v2.js';

const resource = protectWeather();
const weather = createMcpHandler(weatherOnV2(resource));

const guard = fetchGuard(resource);
const guarded = guard.wrap((request, { authInfo }) => weather.fetch(request, { authInfo }));

const app = new Hono();
app.use((context, next) => (guard.covers(context.req.raw) ? guarded(context.req.raw) : next()));

const server = serve({ fetch: app.fetch, port: PORT, hostname: HOST });
attend(server, `Weather on Hono: ${resource.resource}`);
