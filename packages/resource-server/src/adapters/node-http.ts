import type { WholeResponse } from '@portcullis/ports';
import type { PresentedRequest, RequestContext } from '../resource/protected-resource.js';
import { HANDLER_FAILED } from '../resource/refusals.js';
import { type BodyReading, checkBodyKind, MAX_BODY_BYTES, parseBody } from './body.js';

/** The parts of Node's `IncomingMessage` that are used, of HTTP/1.1 and HTTP/2 alike. */
export interface NodeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersionMajor: number;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly rawHeaders: readonly string[];
  readonly readableEnded: boolean;
  readonly readableDidRead?: boolean;
  readonly destroyed: boolean;
  readonly socket?: { readonly remoteAddress?: string | undefined } | null;
  on(event: string, listener: (chunk: Uint8Array) => void): unknown;
  removeListener(event: string, listener: (chunk: Uint8Array) => void): unknown;
}

/** The parts of Node's `ServerResponse` that are used. */
export interface NodeResponse {
  getHeader(name: string): number | string | readonly string[] | undefined;
  setHeader(name: string, value: string): unknown;
  writeHead(status: number, headers: Record<string, string | number>): unknown;
  end(body?: string): unknown;
}

/** The parts of a response that is under way. */
export interface NodeResponseUnderWay extends NodeResponse {
  readonly headersSent: boolean;
  readonly writableEnded: boolean;
  /** Of HTTP/2. */
  readonly stream?: { close(code: number): unknown } | undefined;
  destroy(): unknown;
}

/** INTERNAL_ERROR (RFC 9113 §7). */
const HTTP2_INTERNAL_ERROR = 2;

/** A request of Node's as the guard wants it. */
export function presentNodeRequest(
  request: NodeRequest,
  target: string,
  isForResource: boolean,
  context: RequestContext | undefined,
): PresentedRequest {
  const { headers, socket } = request;
  return {
    method: request.method ?? 'GET',
    target,
    host: headerOf(headers, ':authority') ?? headerOf(headers, 'host'),
    rawHeaders: request.rawHeaders,
    isForResource,
    network: context?.network ?? socket?.remoteAddress,
    correlationId: context?.correlationId,
  };
}

/** Puts headers on an answer that somebody else writes. */
export function setAnswerHeaders(response: NodeResponse, headers: Readonly<Record<string, string>>): void {
  for (const name in headers) {
    const value = headers[name] ?? '';
    response.setHeader(name, name === 'vary' ? joinVary(response.getHeader('vary'), value) : value);
  }
}

/** What else an answer varies by stays said (RFC 9110 §12.5.5). */
export function joinVary(known: ReturnType<NodeResponse['getHeader']>, name: string): string {
  if (known === undefined) return name;
  const names = [known].flat().join(', ');
  return names.split(',').some((one) => ['*', name.toLowerCase()].includes(one.trim().toLowerCase()))
    ? names
    : `${names}, ${name}`;
}

/** Sends an answer whole. */
export function sendNodeResponse(request: NodeRequest, response: NodeResponse, answer: WholeResponse): void {
  const headers: Record<string, string | number> = { ...answer.headers };
  const { vary } = answer.headers;
  if (vary !== undefined) headers['vary'] = joinVary(response.getHeader('vary'), vary);
  if (answer.status !== 204) headers['content-length'] = new TextEncoder().encode(answer.body).length;
  // Whatever else is sent of such a body is not waited for.
  if (answer.status === 413 && request.httpVersionMajor === 1) headers['connection'] = 'close';
  response.writeHead(answer.status, headers);
  if (request.method === 'HEAD' || answer.body === '') response.end();
  else response.end(answer.body);
}

/** Ends an answer whose handler failed: 500 where nothing of it was sent, else it breaks off. */
export function failNodeResponse(request: NodeRequest, response: NodeResponseUnderWay): void {
  if (!response.headersSent) sendNodeResponse(request, response, HANDLER_FAILED);
  else if (response.writableEnded) return;
  // A stream that is only destroyed ends as if the answer were whole.
  else if (response.stream !== undefined) response.stream.close(HTTP2_INTERNAL_ERROR);
  else response.destroy();
}

/**
 * Reads a JSON body, up to 4 MiB. Undefined when the client went away first. Without a body there is nothing to decide
 * by, so that is a refusal too; what the headers announce is not asked, since HTTP/2 need announce nothing.
 */
export async function readNodeBody(request: NodeRequest): Promise<BodyReading | undefined> {
  const { headers } = request;
  if (request.destroyed && !request.readableEnded) return undefined;
  // Somebody read it, or began to: what they saw cannot be told.
  if (request.readableEnded || request.readableDidRead === true) return { ok: false, failure: 'body_unreadable' };
  const refusal = checkBodyKind(headerOf(headers, 'content-type'), headerOf(headers, 'content-encoding'));
  if (refusal !== undefined) return { ok: false, failure: refusal };
  if (Number(headerOf(headers, 'content-length') ?? 0) > MAX_BODY_BYTES) {
    return { ok: false, failure: 'body_too_large' };
  }
  return collect(request);
}

function collect(request: NodeRequest): Promise<BodyReading | undefined> {
  return new Promise((resolve) => {
    const decoder = new TextDecoder();
    let text = '';
    let size = 0;
    function settle(reading: BodyReading | undefined): void {
      request.removeListener('data', onData);
      request.removeListener('end', onEnd);
      request.removeListener('close', onGone);
      request.removeListener('error', onGone);
      // A socket that breaks later is no fault of anybody's here.
      request.on('error', () => undefined);
      resolve(reading);
    }
    function onData(chunk: Uint8Array): void {
      size += chunk.length;
      if (size > MAX_BODY_BYTES) settle({ ok: false, failure: 'body_too_large' });
      else text += decoder.decode(chunk, { stream: true });
    }
    function onEnd(): void {
      settle(parseBody(text + decoder.decode()));
    }
    function onGone(): void {
      settle(undefined);
    }
    request.on('data', onData);
    request.on('end', onEnd);
    request.on('close', onGone);
    request.on('error', onGone);
  });
}

function headerOf(headers: NodeRequest['headers'], name: string): string | undefined {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
}
