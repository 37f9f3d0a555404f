import type { IncomingMessage } from 'node:http';

// Node keeps the first of these and drops the rest, so two readers could see two values. `Authorization` is not in the
// list: the MCP endpoint answers a repeated one in the words of RFC 6750.
const SINGLE_HEADERS = new Set(['host', 'content-length', 'content-type', 'transfer-encoding']);

/** Why a message was refused by its framing. */
export type RequestGuardFailure = 'method_not_supported' | 'duplicate_header' | 'host_missing' | 'transfer_coding';

/**
 * Refuses what Node's parser lets through although two readers could understand it in two ways (GW-05): a repeated
 * header that may stand only once, a missing `Host` (RFC 9112 §3.2; HTTP/1.0 has none), a transfer coding besides
 * `chunked`, any transfer coding in HTTP/1.0 (RFC 9112 §6.1: its framing is faulty, a proxy before us may have read past
 * it), and TRACE, which would echo credentials.
 * The parser itself refuses Content-Length beside Transfer-Encoding, two Content-Lengths, a bare LF, folded lines, a
 * space before the colon, and control characters.
 */
export function checkRequestFraming(request: IncomingMessage): RequestGuardFailure | undefined {
  if (request.method === 'TRACE') return 'method_not_supported';
  const seen = new Set<string>();
  const { rawHeaders } = request;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]?.toLowerCase() ?? '';
    if (!SINGLE_HEADERS.has(name)) continue;
    if (seen.has(name)) return 'duplicate_header';
    seen.add(name);
  }
  if (!seen.has('host') && request.httpVersion === '1.1') return 'host_missing';
  const coding = request.headers['transfer-encoding'];
  if (coding === undefined) return undefined;
  if (request.httpVersion !== '1.1' || coding.trim().toLowerCase() !== 'chunked') return 'transfer_coding';
  return undefined;
}

/**
 * Whether a request expects nothing but, at most, `100-continue`, which Node has answered by then. Any other expectation is
 * one we would not meet (RFC 9110 §10.1.1); in HTTP/1.0 the header means nothing.
 */
export function meetsExpectation(request: IncomingMessage): boolean {
  const { expect } = request.headers;
  return expect === undefined || request.httpVersion !== '1.1' || expect.trim().toLowerCase() === '100-continue';
}
