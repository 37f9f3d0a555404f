import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { AuthInfo } from '@modelcontextprotocol/sdk/server/auth/types.js';
import { createMcpExpressApp } from '@modelcontextprotocol/sdk/server/express.js';
import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';

/** A request as Express hands it on: read, and with what the guard found out. */
export interface ExpressRequest extends IncomingMessage {
  body?: unknown;
  auth?: AuthInfo;
}

/** A handler of the framework that the SDK builds on, which ships no types. */
export type ExpressHandler = (
  request: ExpressRequest,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => unknown;

/** What the tests ask of such an application. */
export interface ExpressApplication extends RequestListener {
  use(path: string, ...handlers: readonly ExpressHandler[]): void;
}

/** An application of the SDK's own making, which answers under a loopback name only. */
export function createExpressApplication(): ExpressApplication {
  return createMcpExpressApp();
}

/**
 * The MCP endpoint of the official SDK v1, stateless, behind `guard`. Its tools tell what the guard let in: `who` the
 * token's client and scopes, `change` nothing but that it ran.
 */
export function mountMcpEndpoint(app: ExpressApplication, path: string, guard: ExpressHandler): void {
  app.use(path, guard, async (request, response) => {
    if (request.method !== 'POST') {
      response.writeHead(405, { allow: 'POST' }).end();
      return;
    }
    const server = createServer();
    const transport = new StreamableHTTPServerTransport();
    response.on('close', () => void server.close());
    await server.connect(transport as never);
    await transport.handleRequest(request, response, request.body);
  });
}

/** The tool that a request calls; undefined where it calls none. */
export function calledTool({ body }: ExpressRequest): string | undefined {
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
