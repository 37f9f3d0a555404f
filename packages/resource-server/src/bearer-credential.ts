/** What a request to a protected resource presented as its credential. */
export type BearerCredential =
  /** Nothing that could be an access token: another scheme, or no header at all. Answered by a bare challenge. */
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly accessToken: string }
  /** More than one credential, or one that is malformed beyond repair. */
  | { readonly kind: 'refused'; readonly status: 400 | 401; readonly reason: BearerRefusal };

/** Why a credential was refused before anybody looked at the token. */
export type BearerRefusal = 'two_authorization_headers' | 'two_methods' | 'malformed_credential';

/** b64token of RFC 6750 §2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
const QUERY_TOKEN = /(?:^\?|&)access_token=/i;

/**
 * Reads the credential of a request (RFC 6750 §2, §3.1; OAuth 2.1 §5.1).
 *
 * Takes the raw header list (`name, value, name, value, …`) because a parsed one has already dropped a second
 * `Authorization`. A token in the query alone is no credential, and next to a header it is two methods. Form bodies are
 * no concern here: an MCP endpoint takes JSON only.
 *
 * @param rawHeaders - names and values in turn, as they came
 * @param search - the query with its `?`, or the empty string
 */
export function readBearerCredential(rawHeaders: readonly string[], search: string): BearerCredential {
  let authorization: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name === undefined || name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (authorization !== undefined) return { kind: 'refused', status: 400, reason: 'two_authorization_headers' };
    authorization = rawHeaders[index + 1];
  }
  if (authorization === undefined) return { kind: 'none' };
  if (search !== '' && QUERY_TOKEN.test(search)) return { kind: 'refused', status: 400, reason: 'two_methods' };
  const match = BEARER.exec(authorization);
  if (match?.[1] !== undefined) return { kind: 'bearer', accessToken: match[1] };
  if (!/^bearer\b/i.test(authorization)) return { kind: 'none' };
  // `Bearer a, Bearer b` is two credentials in one field; anything else under the scheme is one broken token.
  return authorization.includes(',')
    ? { kind: 'refused', status: 400, reason: 'two_authorization_headers' }
    : { kind: 'refused', status: 401, reason: 'malformed_credential' };
}

/** The query of a request's target with its `?`, or the empty string. @param target - path and query, as they were sent */
export function searchOf(target: string): string {
  const question = target.indexOf('?');
  return question < 0 ? '' : target.slice(question);
}
