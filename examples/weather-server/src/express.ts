// Express 5 and SDK v1.
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { expressGuard } from '@portcullis/resource-server/express';
import express from 'express';
import { protectWeather } from './protected.js';
import { attend, HOST, PORT } from './running.js';
import { weatherOnV1 } from './server-v1.js';

const resource = protectWeather();
const weather = weatherOnV1(resource);

const app = express();
app.use(expressGuard(resource));

app.post('/mcp', async (request, response) => {
  // Without sessions: a server for each request.
  const server = weather();
  const transport = new StreamableHTTPServerTransport({ sessionIdGenerator: undefined });
  response.on('close', () => server.close());
  await server.connect(transport);
  // The guard has read the body, to know the tool.
  await transport.handleRequest(request, response, request.body);
});
app.all('/mcp', (_request, response) => response.set('allow', 'POST').sendStatus(405));

attend(app.listen(PORT, HOST), `Weather on Express: ${resource.resource}`);
