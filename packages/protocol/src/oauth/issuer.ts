import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';
import { isLoopbackHost } from './loopback-host.js';

/** Why a text cannot be an issuer. */
export type IssuerFailure = 'malformed' | 'not_canonical' | 'plain_http';

/**
 * Parses an issuer identifier (RFC 8414 §2): `https`, or `http` at a loopback host, without query, fragment, user or
 * trailing slash, and written as a URL parser would write it, because clients compare it as a string. The path is made
 * of segments of letters, digits and `-._~`.
 */
export function parseIssuer(text: string): Result<URL, IssuerFailure> {
  const url = parseUrl(text);
  if (url === undefined) return fail('malformed');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return fail('plain_http');
  const path = url.pathname === '/' ? '' : url.pathname;
  if (!/^(?:\/[A-Za-z0-9\-._~]+)*$/.test(path) || text !== url.origin + path) return fail('not_canonical');
  return succeed(url);
}
