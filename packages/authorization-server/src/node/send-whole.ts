import type { IncomingMessage, ServerResponse } from 'node:http';

/** Statuses that say there is no body, so that it has no length either (RFC 9110 §8.6, §15.4.5). */
const BODILESS = new Set([204, 304]);

/** Sends a whole answer. Headers that were set on `response` before stay; a HEAD request gets no body. */
export function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: string | Uint8Array,
): void {
  if (BODILESS.has(status)) {
    response.writeHead(status, headers).end();
    return;
  }
  const length = typeof body === 'string' ? Buffer.byteLength(body) : body.byteLength;
  // The copy comes last: on Node 20 what is added to one costs as much as all of it.
  response.writeHead(status, { 'Content-Length': length, ...headers });
  response.end(request.method === 'HEAD' ? undefined : body);
}
