/** How an access token is presented: as one that whoever holds it may use (RFC 6750), or with the proof of a key (RFC 9449 §7.1). */
export type AuthenticationScheme = 'Bearer' | 'DPoP';

/** What a request to a protected resource presented as its credential. */
export type PresentedCredential =
  /** Nothing that could be an access token: another scheme, or no header at all. Answered by a bare challenge. */
  | { readonly kind: 'none' }
  | { readonly kind: 'token'; readonly scheme: AuthenticationScheme; readonly accessToken: string }
  /** More than one credential, or one that is malformed beyond repair. */
  | {
      readonly kind: 'refused';
      readonly status: 400 | 401;
      readonly scheme: AuthenticationScheme;
      readonly reason: CredentialRefusal;
    };

/** Why a credential was refused before anybody looked at the token. */
export type CredentialRefusal = 'two_authorization_headers' | 'two_methods' | 'malformed_credential';

/** token68 of RFC 9110 §11.2, which is the b64token of RFC 6750 §2.1. */
const BEARER = /^bearer +([A-Za-z0-9\-._~+/]+=*) *$/i;
const DPOP = /^dpop +([A-Za-z0-9\-._~+/]+=*) *$/i;
const QUERY_TOKEN = /(?:^\?|&)access_token=/i;

/**
 * Reads the credential of a request (RFC 6750 §2, §3.1; OAuth 2.1 §5.1; RFC 9449 §7.1). The proof that goes with the scheme
 * `DPoP` is another header's, and is not looked at.
 *
 * Takes the raw header list (`name, value, name, value, …`) because a parsed one has already dropped a second
 * `Authorization`. A token in the query alone is no credential, and next to a header it is two methods. Form bodies are
 * no concern here: an MCP endpoint takes JSON only.
 *
 * @param rawHeaders - names and values in turn, as they came
 * @param search - the query with its `?`, or the empty string
 */
export function readPresentedCredential(rawHeaders: readonly string[], search: string): PresentedCredential {
  let authorization: string | undefined;
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    const name = rawHeaders[index];
    if (name === undefined || name.length !== 13 || name.toLowerCase() !== 'authorization') continue;
    if (authorization !== undefined) return twoHeaders('Bearer');
    authorization = rawHeaders[index + 1];
  }
  if (authorization === undefined) return { kind: 'none' };
  if (search !== '' && QUERY_TOKEN.test(search)) {
    return { kind: 'refused', status: 400, scheme: 'Bearer', reason: 'two_methods' };
  }
  const match = BEARER.exec(authorization);
  if (match?.[1] !== undefined) return { kind: 'token', scheme: 'Bearer', accessToken: match[1] };
  const bound = DPOP.exec(authorization);
  if (bound?.[1] !== undefined) return { kind: 'token', scheme: 'DPoP', accessToken: bound[1] };
  const named = /^(bearer|dpop)\b/i.exec(authorization)?.[1];
  if (named === undefined) return { kind: 'none' };
  const scheme = named.toLowerCase() === 'dpop' ? 'DPoP' : 'Bearer';
  // `Bearer a, Bearer b` is two credentials in one field; anything else under the scheme is one broken token.
  return authorization.includes(',')
    ? twoHeaders(scheme)
    : { kind: 'refused', status: 401, scheme, reason: 'malformed_credential' };
}

function twoHeaders(scheme: AuthenticationScheme): PresentedCredential {
  return { kind: 'refused', status: 400, scheme, reason: 'two_authorization_headers' };
}

/** The query of a request's target with its `?`, or the empty string. @param target - path and query, as they were sent */
export function searchOf(target: string): string {
  const question = target.indexOf('?');
  return question < 0 ? '' : target.slice(question);
}
