import { createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import type { AuditEvent } from '@portcullis/ports';
import type { ScopeWithImplied } from '@portcullis/protocol';
import { type ProtectedResource, type ProtectResourceOptions, protectResource } from '@portcullis/resource-server';
import { z } from 'zod';

/** A tool whose name would end a quoted string and a header, if it ever got into one. */
export const HOSTILE_TOOL = 'evil"\r\nX-Injected: 1';

/** The resources of a test server, and what their guards told the trail. */
export interface GuardedResources {
  /** Two of the same kind, each of a tenant of its own. */
  readonly a: ProtectedResource;
  readonly b: ProtectedResource;
  /** Every request of this one needs a scope, whatever it asks for. */
  readonly strict: ProtectedResource;
  /** Takes only tokens that are bound to a key, and proofs with a nonce. */
  readonly bound: ProtectedResource;
  /** All of them. */
  readonly all: readonly ProtectedResource[];
  readonly events: AuditEvent[];
}

const SCOPES: readonly (string | ScopeWithImplied)[] = [
  { name: 'files', implies: ['files:read', 'files:write'] },
  'files:read',
  'files:write',
  'offline_access',
];

/** Makes them for a server at `origin`. */
export function createResources(origin: string, issuer: string): GuardedResources {
  const events: AuditEvent[] = [];
  const protect = (
    name: 'a' | 'b' | 'strict' | 'bound',
    options: Partial<ProtectResourceOptions> = {},
  ): ProtectedResource =>
    protectResource({
      resource: `${origin}/${name}/mcp`,
      authorizationServers: [issuer],
      scopes: SCOPES,
      tools: {
        read_file: ['files:read'],
        delete_file: ['files:write', 'offline_access'],
        [HOSTILE_TOOL]: ['files:write'],
      },
      allowedOrigins: ['https://app.example.com'],
      resourceName: `Files of ${name}`,
      metadata: { mcp_protocol_version: '2026-07-28', resource_type: 'mcp-server' },
      audit: { record: (event) => void events.push(event) },
      ...options,
    });
  const a = protect('a');
  const b = protect('b');
  const strict = protect('strict', { scopes: [...SCOPES, 'mcp'], requiredScopes: ['mcp'] });
  const bound = protect('bound', { dpop: { required: true, requireNonce: true } });
  return { a, b, strict, bound, all: [a, b, strict, bound], events };
}

/** An MCP server of SDK v2 that counts what reaches it. Both eras, no sessions. */
export interface McpBehind {
  readonly handler: ReturnType<typeof createMcpHandler>;
  /** Names of the tools that ran, in order. */
  readonly ran: string[];
  /** Lets the tool `watch` end, which has sent one progress notification. */
  release(): void;
}

/** Makes it. */
export function createMcpBehind(): McpBehind {
  const ran: string[] = [];
  let release = (): void => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const handler = createMcpHandler(() => {
    const server = new McpServer({ name: 'files', version: '1.0.0' });
    const answer = (text: string) => ({ content: [{ type: 'text' as const, text }] });
    server.registerTool('read_file', { inputSchema: z.object({}) }, (_, context) => {
      ran.push('read_file');
      const { clientId, scopes } = context.http?.authInfo ?? {};
      return answer(JSON.stringify({ clientId, scopes }));
    });
    server.registerTool('delete_file', { inputSchema: z.object({}) }, () => {
      ran.push('delete_file');
      return answer('deleted');
    });
    server.registerTool('watch', { inputSchema: z.object({}) }, async (_, context) => {
      const progressToken = context.mcpReq._meta?.progressToken;
      await context.mcpReq.notify({
        method: 'notifications/progress',
        params: { progressToken: progressToken ?? 0, progress: 1 },
      });
      await released;
      return answer('watched');
    });
    return server;
  });
  return { handler, ran, release };
}
