import type { IncomingHttpHeaders } from 'node:http';
import type { ReplyHeaders } from '../upstream/upstream.js';

/** What an upstream's answer tells the client, beside its body. Cookies, challenges, CORS and locations stay behind. */
const FORWARDED = ['mcp-session-id', 'mcp-protocol-version', 'retry-after', 'allow'] as const;
const VALUE = /^[\t\x20-\x7e]*$/;
const JSON_TYPE = /^application\/json[\t ]*(?:;|$)/i;
const EVENT_STREAM_TYPE = /^text\/event-stream[\t ]*(?:;|$)/i;

/** What to do with an answer, from its status and headers alone. */
export type ResponseHead =
  | { readonly kind: 'json' | 'events' | 'empty'; readonly headers: ReplyHeaders }
  /** An answer whose body the client must not see; its status may still tell something. */
  | { readonly kind: 'unusable'; readonly status: number; readonly reason: string };

/**
 * Reads the head of an upstream's answer (final, not 1xx).
 *
 * A redirect is never followed. 401 and 407 are about the gate's credential, not the client's. A body that is neither
 * JSON nor an event stream has no business at an MCP endpoint, least of all on the origin that shows sign-in pages.
 */
export function readResponseHead(status: number, upstream: IncomingHttpHeaders): ResponseHead {
  if (status >= 300 && status < 400) return { kind: 'unusable', status: 502, reason: 'upstream_redirect' };
  if (status === 401 || status === 407) return { kind: 'unusable', status: 502, reason: 'upstream_unauthorized' };
  const coding = upstream['content-encoding'];
  if (coding !== undefined && coding !== 'identity') {
    return { kind: 'unusable', status: 502, reason: 'upstream_content_encoding' };
  }
  const headers: Record<string, string> = {};
  for (const name of FORWARDED) {
    const value = upstream[name];
    if (typeof value === 'string' && VALUE.test(value)) headers[name] = value;
  }
  const type = upstream['content-type'];
  if (type === undefined || status === 202 || status === 204 || upstream['content-length'] === '0') {
    return { kind: 'empty', headers };
  }
  if (EVENT_STREAM_TYPE.test(type)) {
    headers['content-type'] = 'text/event-stream';
    return { kind: 'events', headers };
  }
  if (JSON_TYPE.test(type)) {
    headers['content-type'] = 'application/json';
    // The client of the upstream holds the body to the length announced, so the promise can be passed on.
    const length = upstream['content-length'];
    if (length !== undefined) headers['content-length'] = length;
    return { kind: 'json', headers };
  }
  return { kind: 'unusable', status: status >= 400 ? status : 502, reason: 'upstream_content_type' };
}
