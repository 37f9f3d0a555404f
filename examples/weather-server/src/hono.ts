import { serve } from '@hono/node-server';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { fetchGuard } from '@portcullis/resource-server';
import { Hono } from 'hono';
import { PORT, protectWeather } from './protected.js';
import { weatherOnV2 } from './server-v2.js';

// Hono and SDK v2, on web standards alone: this runs on Deno, Bun and workers as well.
const resource = protectWeather();
const handler = createMcpHandler(weatherOnV2(resource));
const guarded = fetchGuard(resource).wrap((request, { authInfo }) => handler.fetch(request, { authInfo }));

const app = new Hono();
app.all('*', (context) => guarded(context.req.raw));

serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' }, () => {
  console.log(`Weather on Hono: ${resource.resource}`);
});
