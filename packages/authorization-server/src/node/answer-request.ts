import type { IncomingMessage, ServerResponse } from 'node:http';
import type { RequestContext, WholeRequest } from '@portcullis/ports';
import type { AuthorizationServer } from '../authorization-server.js';
import type { UnreadBody } from '../endpoints/request-body.js';
import { readBody } from './read-body.js';
import { refuseFragment } from './request-target.js';
import { sendWhole } from './send-whole.js';

/** What of an authorization server a host needs. */
export type AnsweringServer = Pick<AuthorizationServer, 'handles' | 'answerWhole' | 'answerUnread' | 'fetch'>;

/** What the hosts that are ready made need besides: pages are addressed by the issuer, and never by `Host` of a request. */
export type HostedServer = AnsweringServer & Pick<AuthorizationServer, 'issuer'>;

/** A request as its host understood it. */
export interface NodeCall {
  /** Exact, as the client wrote it: never decoded, never normalised. */
  readonly pathname: string;
  /** With its `?`, or empty. */
  readonly search: string;
  /** Of the issuer. Never that of the `Host` header. */
  readonly origin: string;
  readonly context: RequestContext;
  /** What the host reads of a body. The server itself takes 16 KiB. @defaultValue 64 KiB */
  readonly maxBodyBytes?: number;
  /** For a whole body. @defaultValue 10 s */
  readonly bodyDeadlineMilliseconds?: number;
}

/** Above what the server takes: it then refuses most of what is too large by itself, and the connection may stay. */
const MAX_BODY_BYTES = 64 * 1024;

const BODY_DEADLINE_MILLISECONDS = 10_000;

/**
 * Carries a request of Node's to the authorization server and its answer back, both bodies whole. What is larger than the host
 * reads, or slower, the server refuses unread (413, 408), and the connection ends; so it does after a target with a `#` in it,
 * which is answered with 400. Headers that the host set on `response` before stay. What it takes that the server throws goes to
 * the caller.
 */
export async function answerNodeRequest(
  server: AnsweringServer,
  request: IncomingMessage,
  response: ServerResponse,
  call: NodeCall,
): Promise<void> {
  if (refuseFragment(call, request, response)) return;
  const {
    maxBodyBytes: maxBytes = MAX_BODY_BYTES,
    bodyDeadlineMilliseconds: deadlineMilliseconds = BODY_DEADLINE_MILLISECONDS,
  } = call;
  const body = await readBody(request, { maxBytes, deadlineMilliseconds });
  if (!body.ok) {
    const { failure } = body;
    return failure === 'aborted' ? undefined : refuseBody(server, request, response, call, `body_${failure}`);
  }
  const whole = wholeRequest(request, call, body.value);
  const answer = await server.answerWhole(whole, call.context);
  if (answer === undefined) return servePage(server, request, response, whole, call);
  await endOfTurn();
  if (!response.destroyed) sendWhole(request, response, answer.status, answer.headers, answer.body);
}

/**
 * Until all that this turn of the event loop has read was worked on. Answers that leave together wake their reader once:
 * a proxy on the same machine or one busy client. Waking it for each of eight costs more than signing their tokens.
 */
function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

async function refuseBody(
  server: AnsweringServer,
  request: IncomingMessage,
  response: ServerResponse,
  { pathname, context }: NodeCall,
  unread: UnreadBody,
): Promise<void> {
  const { status, headers, body } = await server.answerUnread(
    { method: request.method ?? 'GET', pathname },
    unread,
    context,
  );
  if (response.destroyed) return;
  // HTTP/2 knows no header of a connection (RFC 9113 §8.2.2).
  const closing = request.httpVersionMajor === 1 ? { connection: 'close' } : undefined;
  sendWhole(request, response, status, { ...headers, ...closing }, body);
}

/** From the raw headers: Node itself drops a second `Authorization`, and the server is to see that there were two. */
function wholeRequest(request: IncomingMessage, { pathname, search }: NodeCall, body: Uint8Array): WholeRequest {
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

/** Methods that a `Request` cannot have (Fetch §2.2.1). No page has one of them either. */
const NO_METHODS_OF_REQUESTS = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** Pages are made of web-standard messages: they have cookies, and an embedder's own sign-in reads and answers them. */
async function servePage(
  server: AnsweringServer,
  request: IncomingMessage,
  response: ServerResponse,
  { method, pathname, search, body }: WholeRequest,
  { origin, context }: NodeCall,
): Promise<void> {
  const hasBody = method !== 'GET' && method !== 'HEAD' && body.length > 0;
  const webRequest = new Request(origin + pathname + search, {
    // In place of those it is asked for another that no page has, and says with 405 which ones there are.
    method: NO_METHODS_OF_REQUESTS.has(method.toUpperCase()) ? 'OPTIONS' : method,
    headers: webHeaders(request.rawHeaders),
    ...(hasBody ? { body: new Uint8Array(body) } : {}),
  });
  const webResponse = await server.fetch(webRequest, context);
  const bytes = new Uint8Array(await webResponse.arrayBuffer());
  if (response.destroyed) return;
  for (const [name, value] of webResponse.headers) if (name !== 'set-cookie') response.setHeader(name, value);
  const cookies = webResponse.headers.getSetCookie();
  if (cookies.length > 0) response.setHeader('Set-Cookie', cookies);
  // Of an answer to HEAD the length is that of the page, which is not here.
  if (method === 'HEAD') response.writeHead(webResponse.status).end();
  else sendWhole(request, response, webResponse.status, {}, bytes);
}

/** Without the pseudo-headers of HTTP/2 (RFC 9113 §8.3), whose names are none of headers. */
function webHeaders(rawHeaders: readonly string[]): Headers {
  const headers = new Headers();
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    if (!name.startsWith(':')) headers.append(name, rawHeaders[index + 1] ?? '');
  }
  return headers;
}
