import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { expressGuard } from '@portcullis/resource-server/express';
import express from 'express';
import { PORT, protectWeather } from './protected.js';
import { weatherOnV1 } from './server-v1.js';

// Express 5 and SDK v1.
const resource = protectWeather();
const weather = weatherOnV1(resource);

const app = express();
app.use(expressGuard(resource));
app.post('/mcp', async (request, response) => {
  const server = weather();
  const transport = new StreamableHTTPServerTransport();
  response.on('close', () => void server.close());
  await server.connect(transport as Parameters<typeof server.connect>[0]);
  await transport.handleRequest(request, response, request.body);
});

app.listen(PORT, '127.0.0.1', () => console.log(`Weather on Express: ${resource.resource}`));
