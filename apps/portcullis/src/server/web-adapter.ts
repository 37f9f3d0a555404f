import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FetchHandler, RequestContext } from '@portcullis/ports';
import { type BodyLimits, readBody } from './read-body.js';
import type { RequestTarget } from './request-target.js';
import { send } from './send.js';

/** Bodies at the authorization server: forms and registrations, nothing near this long. */
export const AUTHORIZATION_BODY: BodyLimits = { maxBytes: 64 * 1024, deadlineMilliseconds: 10_000 };

/**
 * Carries a Node request to a web-standard handler and its answer back, both bodies whole. The URL is the configured
 * origin with the target's path: never the `Host` header. 413 and 408 are answered here and end the connection.
 * What the handler throws goes to the caller.
 */
export async function serveWithFetch(
  handler: FetchHandler,
  request: IncomingMessage,
  response: ServerResponse,
  target: RequestTarget,
  origin: string,
  context: RequestContext,
): Promise<void> {
  const body = await readBody(request, AUTHORIZATION_BODY);
  if (!body.ok) {
    if (body.failure === 'aborted') return;
    const status = body.failure === 'too_large' ? 413 : 408;
    const json = JSON.stringify({ error: 'invalid_request', error_description: 'The body is too large or too slow.' });
    const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Connection: 'close' };
    send(request, response, status, headers, json);
    return;
  }
  const method = request.method ?? 'GET';
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.value.length > 0;
  const webRequest = new Request(origin + target.pathname + target.search, {
    method,
    headers: webHeaders(request.rawHeaders),
    ...(hasBody ? { body: new Uint8Array(body.value) } : {}),
  });
  const webResponse = await handler(webRequest, context);
  const bytes = new Uint8Array(await webResponse.arrayBuffer());
  if (response.destroyed) return;
  for (const [name, value] of webResponse.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = webResponse.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('Set-Cookie', cookies);
  const bodiless = webResponse.status === 204 || webResponse.status === 304;
  if (bodiless) response.writeHead(webResponse.status).end();
  else send(request, response, webResponse.status, {}, bytes);
}

function webHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}
