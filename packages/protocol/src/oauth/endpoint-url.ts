import { fail, type Result, succeed } from '../result.js';
import { isLoopbackHost } from './loopback-host.js';

/** Longest address that is followed. */
const MAX_URL_LENGTH = 4096;

/** Why an address is not used. */
export type UrlFailure = 'malformed' | 'too_long' | 'plain_http' | 'has_user' | 'has_fragment';

/**
 * Parses an address that is to be talked to (OAuth 2.1 §1.5): `https`, or `http` at a loopback host, without user and
 * fragment. Does not look the name up: whatever fetches decides where it may lead.
 */
export function parseEndpointUrl(text: string): Result<URL, UrlFailure> {
  if (text.length > MAX_URL_LENGTH) return fail('too_long');
  // A URL parser drops spaces and line breaks inside a text; two readers would then disagree on where it leads.
  if (!/^[\x21-\x7e]+$/.test(text) || !URL.canParse(text)) return fail('malformed');
  const url = new URL(text);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return fail('plain_http');
  if (url.username !== '' || url.password !== '') return fail('has_user');
  return url.hash === '' && !text.includes('#') ? succeed(url) : fail('has_fragment');
}
