import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendWhole } from '@portcullis/authorization-server/node';
import type { RequestContext, WholeResponse } from '@portcullis/ports';
import { answerOpenPreflight } from './open-document.js';
import type { Routes } from './routes.js';
import { sendText } from './send.js';

/** What scripts may read of the answer, beside its status and body. */
const READABLE = { 'Access-Control-Expose-Headers': 'Retry-After' } as const;

/** As the limits of the authorization server itself are answered. */
const OAUTH_ERROR = JSON.stringify({
  error: 'temporarily_unavailable',
  error_description: 'Too many requests; try again later.',
});

/**
 * Answers a request beyond the flood guard: 429 with `Retry-After`, and the connection ends. Clients in browsers have to be able
 * to read it, or they see a network error and come again at once. So it has the CORS headers and the form that other refusals of
 * its endpoint have: those of the MCP endpoint, an OAuth error where clients talk to the authorization server, plain text
 * elsewhere. A preflight of a browser is answered as ever, but for the connection, which ends too: refused, it would keep from
 * the script what the request itself is answered, and it moves nothing.
 *
 * @param pathname - undefined where the request is not for us
 */
export async function answerFlood(
  routes: Routes,
  request: IncomingMessage,
  response: ServerResponse,
  pathname: string | undefined,
  context: RequestContext,
  retryAfterSeconds: number,
): Promise<void> {
  const endpoint = pathname === undefined ? undefined : routes.mcp.get(pathname);
  if (endpoint !== undefined) return endpoint.refuseFlood(request, response, retryAfterSeconds);
  const headers = { 'Retry-After': String(retryAfterSeconds), Connection: 'close' };
  if (pathname !== undefined && routes.authorizationServer.handles(pathname)) {
    const { status, headers: opening, body } = await preflightAnswer(routes, pathname, context);
    const openTo = opening['access-control-allow-origin'];
    if (openTo !== undefined) {
      if (isPreflight(request)) return sendWhole(request, response, status, { ...opening, Connection: 'close' }, body);
      const json = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Pragma: 'no-cache' };
      const readable = { 'Access-Control-Allow-Origin': openTo, ...READABLE };
      return sendWhole(request, response, 429, { ...headers, ...json, ...readable }, OAUTH_ERROR);
    }
  }
  const isDocument = pathname?.startsWith('/.well-known/') === true;
  if (isDocument && isPreflight(request)) {
    answerOpenPreflight(request, response, { Connection: 'close' });
    return;
  }
  const readable = isDocument ? { 'Access-Control-Allow-Origin': '*', ...READABLE } : {};
  return sendText(request, response, 429, 'Too many requests\n', { ...headers, ...readable });
}

/** What the authorization server answers a preflight; no origin is allowed where it is one of a page. */
function preflightAnswer(routes: Routes, pathname: string, context: RequestContext): Promise<WholeResponse> {
  return routes.authorizationServer.answerUnread({ method: 'OPTIONS', pathname }, 'body_too_large', context);
}

/** Whether a browser asks if a script may send the request that it has (Fetch §3.3.2). */
function isPreflight({ method, headers }: IncomingMessage): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && 'access-control-request-method' in headers;
}
