import type { IncomingMessage, ServerResponse } from 'node:http';
import { isSameAuthority } from './same-authority.js';

/** A request target, taken apart and not read any further. */
export interface SplitTarget {
  /** Exact: never decoded, never normalised. Of a target that is neither in origin nor in absolute form it is the whole. */
  readonly pathname: string;
  /** With its `?`, or empty. */
  readonly search: string;
  /** The host of a target in absolute form, and its port where it names one. */
  readonly authority: string | undefined;
  /** Of a target in absolute form, in lower case. */
  readonly scheme: string | undefined;
}

const ABSOLUTE = /^(https?):\/\/([^/?#\\]*)(.*)$/is;

/** Takes apart the target of a request: origin form, or the absolute form that every server has to take (RFC 9112 §3.2.2). */
export function splitTarget(target: string): SplitTarget {
  const absolute = ABSOLUTE.exec(target);
  // An empty path of http and https is `/` (RFC 9110 §4.2.3).
  const origin = absolute === null ? target : (absolute[3] ?? '').replace(/^(?=\?|$)/, '/');
  const scheme = absolute?.[1]?.toLowerCase();
  const authority = absolute?.[2];
  const question = origin.indexOf('?');
  if (question === -1) return { pathname: origin, search: '', authority, scheme };
  return { pathname: origin.slice(0, question), search: origin.slice(question), authority, scheme };
}

/**
 * Refuses a request whose target names another host than its `Host` does: one of two readers took it for a request to somebody
 * else ({@link isSameAuthority}). Ends the connection.
 *
 * @returns whether it was refused
 */
export function refuseForeignTarget(
  { authority, scheme = '' }: SplitTarget,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (authority === undefined || isSameAuthority(scheme, authority, request.headers.host)) return false;
  refuse(request, response);
  return true;
}

/**
 * Refuses a request whose target has a fragment, which none can have (RFC 9112 §3.2): a URL made of it would lose what follows
 * the `#`, and a redirect URI would be compared without it (AZ-07). Ends the connection.
 *
 * @returns whether it was refused
 */
export function refuseFragment(
  { pathname, search }: Pick<SplitTarget, 'pathname' | 'search'>,
  request: IncomingMessage,
  response: ServerResponse,
): boolean {
  if (!pathname.includes('#') && !search.includes('#')) return false;
  refuse(request, response);
  return true;
}

function refuse({ httpVersionMajor }: IncomingMessage, response: ServerResponse): void {
  // HTTP/2 knows no header of a connection (RFC 9113 §8.2.2).
  const closing = httpVersionMajor === 1 ? { Connection: 'close' } : {};
  response.writeHead(400, { 'Cache-Control': 'no-store', 'Content-Length': 0, ...closing }).end();
}
