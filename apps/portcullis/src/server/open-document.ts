import type { IncomingMessage, ServerResponse } from 'node:http';
import { READING_METHODS } from './send.js';

/** Of a document that any web page may read. */
export const OPEN_METHODS = 'GET, HEAD, OPTIONS';

/**
 * Opens a public document to every web page.
 *
 * @returns true when the request only asked whether it is open, and is answered
 */
export function answerOpenPreflight(
  request: IncomingMessage,
  response: ServerResponse,
  headers: Readonly<Record<string, string>> = {},
): boolean {
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (request.method !== 'OPTIONS') return false;
  const preflight = { 'Access-Control-Allow-Methods': READING_METHODS, 'Access-Control-Allow-Headers': '*' };
  response.writeHead(204, { Allow: OPEN_METHODS, ...preflight, ...headers }).end();
  return true;
}
