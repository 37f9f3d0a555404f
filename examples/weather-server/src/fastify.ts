// Fastify 5 and SDK v1.
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { fastifyGuard } from '@portcullis/resource-server/fastify';
import fastify from 'fastify';
import { protectWeather } from './protected.js';
import { attend, HOST, PORT } from './running.js';
import { weatherOnV1 } from './server-v1.js';

const resource = protectWeather();
const weather = weatherOnV1(resource);

const app = fastify();
app.register(fastifyGuard(resource));

app.post('/mcp', async (request, reply) => {
  // The transport answers, on the response itself.
  reply.hijack();
  // Without sessions: a server for each request.
  const server = weather();
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  reply.raw.on('close', () => server.close());
  await server.connect(transport);
  await transport.handleRequest(request.raw, reply.raw, request.body);
});
app.route({
  method: ['GET', 'DELETE'],
  url: '/mcp',
  handler: (_request, reply) => reply.code(405).header('allow', 'POST').send(),
});

attend(app.server, `Weather on Fastify: ${resource.resource}`);
await app.listen({ port: PORT, host: HOST });
