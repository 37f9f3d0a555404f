import type { IncomingMessage, ServerResponse } from 'node:http';
import { sendWhole } from '@portcullis/authorization-server/node';

/** Headers of every page of ours: nothing but the page itself and its stylesheet, in nobody's frame, in no cache. */
export const PAGE_HEADERS: Readonly<Record<string, string>> = {
  'Content-Type': 'text/html; charset=utf-8',
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

/** A short answer in plain text. */
export function sendText(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  const plain = { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' };
  sendWhole(request, response, status, { ...plain, ...headers }, text);
}

/** A page. */
export function sendPage(request: IncomingMessage, response: ServerResponse, status: number, html: string): void {
  sendWhole(request, response, status, PAGE_HEADERS, html);
}

/** Methods of what is only read. */
export const READING_METHODS = 'GET, HEAD';

/**
 * Whether the method is GET or HEAD; otherwise answers 405.
 *
 * @param allow - all methods that are answered there
 */
export function allowsReading(request: IncomingMessage, response: ServerResponse, allow = READING_METHODS): boolean {
  if (request.method === 'GET' || request.method === 'HEAD') return true;
  sendText(request, response, 405, 'Method not allowed\n', { Allow: allow });
  return false;
}

/** Whether this is a browser that wants a page: an MCP client's GET asks for an event stream. */
export function wantsPage(request: IncomingMessage): boolean {
  const accept = request.headers.accept ?? '';
  return accept.includes('text/html') && !accept.includes('text/event-stream');
}
