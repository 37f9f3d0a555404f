import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { nodeGuard } from '@portcullis/resource-server/node';
import { PORT, protectWeather } from './protected.js';
import { weatherOnV2 } from './server-v2.js';

// Node's own server and SDK v2.
const resource = protectWeather();
const handle = toNodeHandler(createMcpHandler(weatherOnV2(resource)));
const listener = nodeGuard(resource).wrap((request, response, { body }) =>
  handle(request as Parameters<typeof handle>[0], response, body),
);

createServer(listener).listen(PORT, '127.0.0.1', () => console.log(`Weather on node:http: ${resource.resource}`));
