import { type JsonObject, type JsonValue, keepAllowedRedirectUris, parseUrl } from '@portcullis/protocol';
import { advice, type Finding, fault, quote } from './finding.js';

const BOTH_GRANTS = '["authorization_code", "refresh_token"]';

/**
 * What is allowed in a document and does not serve its client everywhere: what other authorization servers refuse, and
 * what is left to a default on which they differ. One thing in it is an error: a client that may begin nothing.
 */
export function advise(members: JsonObject, clientId: string): readonly Finding[] {
  return [
    ...adviseOnOrigins(members, clientId),
    ...adviseOnApplicationType(members),
    ...adviseOnGrants(members),
    ...adviseOnProof(members),
  ];
}

/** A server may hold redirects to the origin of `client_id` or `client_uri`, against clients that pose as better known ones. */
function adviseOnOrigins(members: JsonObject, clientId: string): readonly Finding[] {
  const own = originOf(clientId);
  if (own === undefined) return [];
  const page = members['client_uri'];
  const stated = typeof page === 'string' ? originOf(page) : undefined;
  const words = 'is of another origin than the client id: an authorization server may ask for the same one';
  const tell = (member: string, url: string): Finding => advice('same-origin', `${quote(url)} ${words}`, member);
  return [
    ...(typeof page === 'string' && stated !== undefined && stated !== own ? [tell('client_uri', page)] : []),
    ...texts(members['redirect_uris'])
      .filter((uri) => uri.startsWith('https:') && ![own, stated, undefined].includes(originOf(uri)))
      .map((uri) => tell('redirect_uris', uri)),
  ];
}

/** OpenID Connect Registration §2: absent means `web`, and a web client has no loopback redirect. */
function adviseOnApplicationType({ application_type: type, redirect_uris: uris }: JsonObject): readonly Finding[] {
  const hasLoopback = keepAllowedRedirectUris(texts(uris), []).some(({ kind }) => kind === 'loopback');
  if (!hasLoopback || type === 'native') return [];
  if (type !== undefined && type !== 'web') return [];
  const what = type === undefined ? 'is absent, which some servers read as "web"' : 'is "web"';
  return [advice('metadata', `${what}: a client with loopback redirects is "native"`, 'application_type')];
}

function adviseOnGrants({ grant_types: stated }: JsonObject): readonly Finding[] {
  const member = 'grant_types';
  if (!Array.isArray(stated) || stated.length === 0) {
    return stated === undefined || stated === null || Array.isArray(stated)
      ? [advice('metadata', `is absent: RFC 7591 reads that as no refresh token. Say ${BOTH_GRANTS}`, member)]
      : [];
  }
  if (!stated.includes('authorization_code')) {
    return [
      fault('metadata', `is ${quote(stated)}: without "authorization_code" the client may begin nothing`, member),
    ];
  }
  return stated.includes('refresh_token')
    ? []
    : [advice('metadata', 'has no "refresh_token": people sign in again whenever an access token ends', member)];
}

function adviseOnProof(members: JsonObject): readonly Finding[] {
  const { token_endpoint_auth_method: named, token_endpoint_auth_methods_supported: choices } = members;
  if (named !== undefined || choices !== undefined) return [];
  const words = 'is absent: RFC 7591 reads that as client_secret_basic, which no such client can use. Say "none"';
  return [advice('proof', words, 'token_endpoint_auth_method')];
}

function texts(value: JsonValue | undefined): readonly string[] {
  return Array.isArray(value) ? value.filter((one): one is string => typeof one === 'string') : [];
}

function originOf(url: string): string | undefined {
  return parseUrl(url)?.origin;
}
