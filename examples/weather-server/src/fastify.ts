import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { fastifyGuard } from '@portcullis/resource-server/fastify';
import fastify from 'fastify';
import { PORT, protectWeather } from './protected.js';
import { weatherOnV1 } from './server-v1.js';

// Fastify 5 and SDK v1.
const resource = protectWeather();
const weather = weatherOnV1(resource);

const app = fastify();
await app.register(fastifyGuard(resource));
app.post('/mcp', async (request, reply) => {
  reply.hijack();
  const server = weather();
  const transport = new StreamableHTTPServerTransport();
  reply.raw.on('close', () => void server.close());
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  await transport.handleRequest(request.raw, reply.raw, request.body);
});

await app.listen({ port: PORT, host: '127.0.0.1' });
console.log(`Weather on Fastify: ${resource.resource}`);
