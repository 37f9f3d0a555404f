import type { ResourceIdentifier } from '../names.js';
import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';
import { isLoopbackHost } from './loopback-host.js';

/** Longest resource indicator that is registered or compared: see `MAX_CLIENT_ID_LENGTH`. */
export const MAX_RESOURCE_LENGTH = 1024;

/** Why a text cannot be the identifier of a resource. */
export type ResourceIdentifierFailure = 'malformed' | 'plain_http' | 'not_canonical';

/**
 * Parses the identifier that a resource is registered under (RFC 8707 §2, RFC 9728 §1.2): at most 1024 characters,
 * `https`, or `http` at a loopback host, without fragment or user, and written as a URL parser would write it, since
 * clients send it and resource servers compare it as a string. The slash of an empty path may be there or not.
 */
export function parseResourceIdentifier(text: string): Result<ResourceIdentifier, ResourceIdentifierFailure> {
  const url = text.length > MAX_RESOURCE_LENGTH ? undefined : parseUrl(text);
  if (url === undefined) return fail('malformed');
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopbackHost(url.hostname)))
    return fail('plain_http');
  // No look-up could ever find what does not fold: a fragment, a user, a backslash in the query.
  const isFindable = foldResourceIdentifier(text) !== undefined;
  const isAsWritten = text === url.href || (url.pathname === '/' && text === url.origin + url.search);
  return isFindable && isAsWritten ? succeed(text) : fail('not_canonical');
}

/**
 * What a resource is kept and looked up by: equal for two spellings that mean the same resource, `https://H` and
 * `https://H/` among them. A text that is no resource indicator stands for itself alone.
 */
export function keyOfResource(identifier: ResourceIdentifier): string {
  return foldResourceIdentifier(identifier) ?? identifier;
}

/**
 * The form of a resource indicator (RFC 8707 §2) under which two that mean the same are equal: scheme and host in
 * lower case, and `/` for an empty path, since URL parsers add that slash. Nothing else is touched, default ports
 * included. Undefined for what is no absolute hierarchical URI, has a fragment, or names a user.
 */
export function foldResourceIdentifier(text: string): string | undefined {
  if (text.length > MAX_RESOURCE_LENGTH || !/^[\x21-\x7e]+$/.test(text)) return undefined;
  const parts = /^([A-Za-z][A-Za-z0-9+.-]*):\/\/([^/?#@\\]+)((?:[/?][^#\\]*)?)$/.exec(text);
  if (parts === null) return undefined;
  const [, scheme = '', authority = '', rest = ''] = parts;
  return `${scheme.toLowerCase()}://${authority.toLowerCase()}${rest === '' ? '/' : rest}`;
}
