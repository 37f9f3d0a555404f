// Node's own server and SDK v2.
import { createServer } from 'node:http';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { nodeGuard } from '@portcullis/resource-server/node';
import { protectWeather } from './protected.js';
import { attend, HOST, PORT } from './running.js';
import { weatherOnV2 } from './server-v2.js';

const resource = protectWeather();
const weather = toNodeHandler(createMcpHandler(weatherOnV2(resource)));

const listener = nodeGuard(resource).wrap(
  (request, response, { body }) => weather(request, response, body),
  (_request, response) => void response.writeHead(404).end(),
);

attend(createServer(listener).listen(PORT, HOST), `Weather on node:http: ${resource.resource}`);
