import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AuthorizationServer } from '@portcullis/authorization-server';
import type { RequestContext, WholeRequest } from '@portcullis/ports';
import { type BodyFailure, type BodyLimits, readBody } from './read-body.js';
import type { RequestTarget } from './request-target.js';
import { send } from './send.js';

/** Bodies at the authorization server: forms and registrations, nothing near this long. */
export const AUTHORIZATION_BODY: BodyLimits = { maxBytes: 64 * 1024, deadlineMilliseconds: 10_000 };

/** What of an authorization server a host needs. */
export type AnsweringServer = Pick<AuthorizationServer, 'handles' | 'answerWhole' | 'fetch'>;

/**
 * Carries a Node request to the authorization server and its answer back, both bodies whole. Its origin is the
 * configured one: never the `Host` header. 413 and 408 are answered here and end the connection. What the server throws
 * goes to the caller.
 */
export async function serveAuthorizationServer(
  server: AnsweringServer,
  request: IncomingMessage,
  response: ServerResponse,
  target: RequestTarget,
  origin: string,
  context: RequestContext,
): Promise<void> {
  const body = await readBody(request, AUTHORIZATION_BODY);
  if (!body.ok) return refuseBody(request, response, body.failure);
  const whole = wholeRequest(request, target, body.value);
  const answer = await server.answerWhole(whole, context);
  if (answer === undefined) return servePage(server, request, response, whole, origin, context);
  await endOfTurn();
  if (!response.destroyed) send(request, response, answer.status, answer.headers, answer.body);
}

/**
 * Until all that this turn of the event loop has read was worked on. Answers that leave together wake their reader once:
 * a proxy on the same machine or one busy client. Waking it for each of eight costs more than signing their tokens.
 */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function refuseBody(request: IncomingMessage, response: ServerResponse, failure: BodyFailure): void {
  if (failure === 'aborted') return;
  const status = failure === 'too_large' ? 413 : 408;
  const json = JSON.stringify({ error: 'invalid_request', error_description: 'The body is too large or too slow.' });
  const headers = { 'Content-Type': 'application/json', 'Cache-Control': 'no-store', Connection: 'close' };
  send(request, response, status, headers, json);
}

/** From the raw headers: Node itself drops a second `Authorization`, and the server is to see that there were two. */
function wholeRequest(request: IncomingMessage, { pathname, search }: RequestTarget, body: Uint8Array): WholeRequest {
  const { rawHeaders } = request;
  return {
    method: request.method ?? 'GET',
    pathname,
    search,
    body,
    header(name) {
      let joined: string | null = null;
      for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
        const candidate = rawHeaders[index] ?? '';
        if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
        const value = rawHeaders[index + 1] ?? '';
        joined = joined === null ? value : `${joined}, ${value}`;
      }
      return joined;
    },
  };
}

/** Pages are made of web-standard messages: they have cookies, and an embedder's own sign-in reads and answers them. */
async function servePage(
  server: AnsweringServer,
  request: IncomingMessage,
  response: ServerResponse,
  { method, pathname, search, body }: WholeRequest,
  origin: string,
  context: RequestContext,
): Promise<void> {
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  const webRequest = new Request(origin + pathname + search, {
    method,
    headers: webHeaders(request.rawHeaders),
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  });
  const webResponse = await server.fetch(webRequest, context);
  const bytes = new Uint8Array(await webResponse.arrayBuffer());
  if (response.destroyed) return;
  for (const [name, value] of webResponse.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = webResponse.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('Set-Cookie', cookies);
  send(request, response, webResponse.status, {}, bytes);
}

function webHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index] ?? '', rawHeaders[index + 1] ?? '');
  }
  return headers;
}
