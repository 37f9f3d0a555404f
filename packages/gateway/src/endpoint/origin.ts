import type { IncomingMessage, ServerResponse } from 'node:http';
import { JSON_RPC_ERRORS, parseUrl } from '@portcullis/protocol';
import { preflightHeaders } from '@portcullis/resource-server';
import type { McpEndpointSettings } from './options.js';
import { badRequest, type Step } from './refusal.js';

const EXPOSED_HEADERS = 'Mcp-Session-Id, WWW-Authenticate, DPoP-Nonce, MCP-Protocol-Version, Retry-After';

/**
 * Checks `Origin` (MCP Streamable HTTP, Security): absent is no browser and passes; the gate's own origin and listed ones
 * pass; anything else, `null` and what is no serialised origin included, is 403. This stops DNS rebinding and foreign
 * scripts before a credential is looked at.
 */
export function checkOrigin(request: IncomingMessage, settings: McpEndpointSettings): Step<string | undefined> {
  const { origin } = request.headers;
  if (origin === undefined) return { ok: true, value: undefined };
  const known = origin === settings.publicOrigin || (isSerialised(origin) && settings.allowedOrigins(origin));
  if (known) return { ok: true, value: origin };
  return badRequest(403, JSON_RPC_ERRORS.invalidRequest, 'This origin may not call this server', 'origin_not_allowed');
}

function isSerialised(origin: string): boolean {
  return parseUrl(origin)?.origin === origin;
}

/** Lets the scripts of one allowed origin read the answer. Never a wildcard, never with cookies. */
export function allowOrigin(response: ServerResponse, origin: string): void {
  response.setHeader('access-control-allow-origin', origin);
  response.setHeader('access-control-expose-headers', EXPOSED_HEADERS);
  response.setHeader('vary', 'Origin');
}

/** Answers `OPTIONS`: a preflight where an allowed origin asks, else just the methods there are. */
export function answerOptions(request: IncomingMessage, response: ServerResponse, origin: string | undefined): void {
  response.setHeader('allow', 'GET, POST, DELETE, OPTIONS');
  response.setHeader('content-length', '0');
  if (origin !== undefined) {
    const headers = preflightHeaders(request.headers['access-control-request-headers']);
    for (const name in headers) response.setHeader(name, headers[name] ?? '');
  }
  response.writeHead(204).end();
}
