import { fail, type Result, succeed } from '../result.js';
import { parseUrl } from '../text/parse-url.js';

/** Longest client id that is read. Those that are no URL are far shorter. Together with a resource, a subject and a tenant it
 * is a key by which consents are stored, and a key may have 2704 bytes in PostgreSQL. */
export const MAX_CLIENT_ID_LENGTH = 1024;

/** A client id that is the URL of a Client ID Metadata Document. */
export interface ClientIdUrl {
  /** As it came; the document has to say the same, character for character. */
  readonly clientId: string;
  /** In lower case, without port, IPv6 in brackets; what the operator's lists of hosts are about. */
  readonly host: string;
}

/** Why a text that begins like a document's URL is none. */
export type ClientIdUrlFailure =
  | 'client_id_too_long'
  | 'client_id_malformed'
  | 'client_id_with_user'
  | 'client_id_with_fragment'
  | 'client_id_without_path'
  | 'client_id_with_dot_segment'
  | 'client_id_not_canonical';

/** Scheme, authority, path and query of RFC 3986 §3, each in the characters that may stand there. */
const URL_PARTS =
  /^https:\/\/(\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::[0-9]+)?((?:\/(?:[A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})*)*)(?:\?(?:[A-Za-z0-9\-._~!$&()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$/;

/** Whether a client id claims to be the URL of a document. Ids that we hand out never begin like this. */
export function looksLikeClientIdUrl(clientId: string): boolean {
  return /^https:/i.test(clientId);
}

/**
 * Parses a client id as the URL of a Client ID Metadata Document (draft-ietf-oauth-client-id-metadata-document,
 * "Client Identifier"): `https`, a path that is more than `/`, no dot segments (percent-encoded ones included), no
 * fragment, no user. The text is judged as it stands, before any URL parser could repair it. Then it has to be what a
 * URL parser would write: host in lower case and punycode, an IPv4 address in four decimal numbers, no default port. So
 * a document has one id, and a host cannot slip past a list in another spelling; a dot at its end is refused for that.
 * A query is accepted.
 *
 * Resolves nothing: whether the host may be asked is the fetch's to decide.
 */
export function parseClientIdUrl(clientId: string): Result<ClientIdUrl, ClientIdUrlFailure> {
  if (clientId.length > MAX_CLIENT_ID_LENGTH) return fail('client_id_too_long');
  if (clientId.includes('#')) return fail('client_id_with_fragment');
  if (/^https:\/\/[^/?]*@/.test(clientId)) return fail('client_id_with_user');
  const parts = URL_PARTS.exec(clientId);
  if (parts === null) return fail('client_id_malformed');
  const [, host = '', path = ''] = parts;
  if (path === '' || path === '/') return fail('client_id_without_path');
  if (path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment))) return fail('client_id_with_dot_segment');
  const url = parseUrl(clientId);
  if (url === undefined) return fail('client_id_malformed');
  const isCanonical = url.href === clientId && !host.endsWith('.');
  return isCanonical ? succeed({ clientId, host }) : fail('client_id_not_canonical');
}
