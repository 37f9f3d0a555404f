import type { FetchLike } from '../../http/fetch-transport.js';
import type { ProtectedServer } from '../../testing/protected-server.js';

/** The `fetch` for a transport of an SDK: the MCP server speaks as much of MCP as a client needs to connect and to call. */
export interface SdkFetch {
  readonly fetch: FetchLike;
  /** What the SDK asked for beside the MCP server, by method and URL. */
  readonly elsewhere: string[];
}

/**
 * Leads an SDK to a {@link ProtectedServer}: what goes to the MCP server is let through by its token and answered in
 * JSON-RPC; what goes elsewhere reaches the authorization server as over `transport`.
 */
export function createSdkFetch(server: ProtectedServer): SdkFetch {
  const elsewhere: string[] = [];
  return {
    elsewhere,
    async fetch(input, init) {
      const request = new Request(input, init);
      if (request.url === server.serverUrl) return answerMcp(server, request);
      elsewhere.push(`${request.method} ${request.url}`);
      const body = await request.text();
      const answer = await server.transport({
        url: request.url,
        method: request.method as 'GET' | 'POST',
        headers: Object.fromEntries(request.headers),
        ...(body === '' ? {} : { body }),
        maxBytes: 1_000_000,
        timeoutMilliseconds: 1000,
      });
      if (!answer.ok) throw new TypeError(answer.failure);
      return new Response(answer.value.body, { status: answer.value.status, headers: answer.value.headers });
    },
  };
}

async function answerMcp(server: ProtectedServer, request: Request): Promise<Response> {
  const allowed = await server.fetch(request.clone());
  if (!allowed.ok) return allowed;
  if (request.method !== 'POST') return new Response(null, { status: 405 });
  const { id, method, params } = (await request.json()) as { id?: number; method: string; params?: Params };
  return id === undefined
    ? new Response(null, { status: 202 })
    : Response.json({ jsonrpc: '2.0', id, result: resultOf(method, params) });
}

interface Params {
  readonly protocolVersion?: string;
  readonly name?: string;
}

function resultOf(method: string, params: Params = {}): unknown {
  switch (method) {
    case 'initialize':
      return {
        protocolVersion: params.protocolVersion,
        capabilities: { tools: {} },
        serverInfo: { name: 'protected', version: '1' },
      };
    case 'tools/list':
      return { tools: [{ name: 'wipe', inputSchema: { type: 'object' } }] };
    case 'tools/call':
      return { content: [{ type: 'text', text: `called ${params.name}` }] };
    default:
      return {};
  }
}
