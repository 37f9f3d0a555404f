import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import type { Express, Request, RequestHandler } from 'express';

/** An application of the SDK's own making, which answers under a loopback name only. */
export function createExpressApplication(): Express {
  return createMcpExpressApp();
}

/**
 * The MCP endpoint of the official SDK v1, stateless, behind `guard`. Its tools tell what the guard let in: `who` the
 * token's client and scopes, `change` nothing but that it ran.
 */
export function mountMcpEndpoint(app: Express, path: string, guard: RequestHandler): void {
  app.use(path, guard, async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end();
      return;
    }
    const server = createServer();
    const transport = new StreamableHTTPServerTransport();
    response.on('close', () => void server.close());
    await server.connect(transport as never);
    await transport.handleRequest(request as typeof request & { auth?: AuthInfo }, response, request.body);
  });
}

/** The tool that a request calls; undefined where it calls none. */
export function calledTool({ body }: Request): string | undefined {
  const { method, params } = (body ?? {}) as { method?: string; params?: { name?: string } };
  return method === 'tools/call' ? params?.name : undefined;
}

function createServer(): McpServer {
  const server = new McpServer({ name: 'protected', version: '1.0.0' });
  server.registerTool('who', { description: 'Says whose token it was' }, ({ authInfo }) => {
    const { clientId, scopes } = authInfo ?? {};
    return { content: [{ type: 'text', text: JSON.stringify({ clientId, scopes }) }] };
  });
  server.registerTool('change', { description: 'Changes something' }, () => ({
    content: [{ type: 'text', text: 'changed' }],
  }));
  return server;
}
