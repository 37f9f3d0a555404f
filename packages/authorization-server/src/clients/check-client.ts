import type { Client } from '@portcullis/ports';
import {
  isHttpsUrl,
  isListableScheme,
  JWT_BEARER_GRANT_TYPE,
  type PublicJwkSetFailure,
  parsePublicJwkSet,
  parseRedirectUri,
  parseScope,
  parseStrictJson,
  type RedirectUriFailure,
} from '@portcullis/protocol';
import { isWorkloadSubject } from '../grants/workload-subject.js';
import { usesClientSecret } from './client-secret-methods.js';

/** Something about a client that cannot be. */
export interface ClientProblem {
  readonly member: keyof Client;
  /** Which entry, where the member is a list. */
  readonly index?: number;
  /** What is wrong, as words that follow the name of the member. Holds no secret. */
  readonly message: string;
}

/** The grants an operator may give a client. A test holds this against the table of grants. */
const GRANT_TYPES: readonly string[] = [
  'authorization_code',
  'refresh_token',
  'client_credentials',
  JWT_BEARER_GRANT_TYPE,
];

/**
 * Holds a client that an operator makes known against the rules that no client may break, wherever it is kept: an id
 * that is no URL, redirect URIs exactly where a grant uses them, credentials exactly as its method uses them (RFC 7591
 * §2), and no grant in its own name for a client that proves nothing (OAuth 2.1 §4.2).
 *
 * Does not know which scopes and which other clients there are.
 *
 * @returns everything that is wrong; empty for a client that can be used
 */
export function checkClient(client: Client, redirectSchemes: readonly string[]): readonly ClientProblem[] {
  const problems: ClientProblem[] = [];
  const demand = (holds: boolean, member: keyof Client, message: string, index?: number): void => {
    if (!holds) problems.push({ member, message, ...(index === undefined ? {} : { index }) });
  };
  const { tokenEndpointAuthMethod: method, grantTypes, redirectUris } = client;
  demand(/^[\x21-\x7e]{1,255}$/.test(client.clientId), 'clientId', 'must be 1 to 255 printable ASCII characters');
  demand(!/^https?:/i.test(client.clientId), 'clientId', 'must not be a URL: those name a client metadata document');
  demand(grantTypes.length > 0, 'grantTypes', 'names no grant');
  for (const [index, grantType] of grantTypes.entries()) {
    demand(GRANT_TYPES.includes(grantType), 'grantTypes', 'is no grant type that there is', index);
  }
  const redirects = grantTypes.includes('authorization_code');
  demand(
    redirects || !grantTypes.includes('refresh_token'),
    'grantTypes',
    'has refresh_token without authorization_code',
  );
  demand(!redirects || redirectUris.length > 0, 'redirectUris', 'needed where authorization_code is granted');
  demand(redirects || redirectUris.length === 0, 'redirectUris', 'used by authorization_code alone: grant it as well');
  for (const [index, uri] of redirectUris.entries()) {
    const parsed = parseRedirectUri(uri, redirectSchemes);
    if (!parsed.ok) demand(false, 'redirectUris', describe(uri, parsed.failure), index);
  }
  demand(
    method !== 'none' || !grantTypes.includes('client_credentials'),
    'tokenEndpointAuthMethod',
    'is none, and client_credentials is for clients that prove who they are',
  );
  demand(
    method !== 'none' || !grantTypes.includes(JWT_BEARER_GRANT_TYPE),
    'tokenEndpointAuthMethod',
    'is none, and the grant by assertion is for clients that prove who they are',
  );
  demand(!isWorkloadSubject(client.clientId), 'clientId', 'must not begin with workload: those are no clients');
  const usesSecret = usesClientSecret(method);
  demand(
    usesSecret || client.clientSecretHash === undefined,
    'clientSecretHash',
    `is not used by the method ${method}`,
  );
  demand(
    !usesSecret || client.clientSecretHash !== undefined,
    'clientSecretHash',
    `is missing, and ${method} needs it`,
  );
  const usesKeys = method === 'private_key_jwt';
  for (const member of ['jwks', 'jwksUri'] as const) {
    demand(usesKeys || client[member] === undefined, member, `is not used by the method ${method}`);
  }
  demand(
    !usesKeys || (client.jwks === undefined) !== (client.jwksUri === undefined),
    'jwks',
    'private_key_jwt needs exactly one of jwks and jwksUri',
  );
  if (client.jwks !== undefined) {
    const failure = findKeyFailure(client.jwks);
    if (failure !== undefined) demand(false, 'jwks', KEY_PROBLEMS[failure]);
  }
  const { jwksUri } = client;
  demand(jwksUri === undefined || isHttpsUrl(jwksUri), 'jwksUri', 'must be an https URL');
  demand(client.scopes?.length !== 0, 'scopes', 'names none; leave it out where it may have every scope of a resource');
  for (const [index, scope] of (client.scopes ?? []).entries())
    demand(isOneScope(scope), 'scopes', 'is no scope', index);
  return problems;
}

const REDIRECT_URI_PROBLEMS: Readonly<Record<RedirectUriFailure, string>> = {
  too_long: 'is longer than 2048 characters',
  malformed: 'must be an absolute URI in printable ASCII',
  fragment: 'must not have a fragment (RFC 6749 §3.1.2)',
  wildcard: 'must be one exact address; wildcards are not redirects',
  user_info: 'must not carry a user name or password',
  scheme_not_allowed: 'has a scheme that no application can own',
  plain_http: 'must be https, unless its host is localhost, 127.0.0.1 or [::1]',
};

function describe(uri: string, failure: RedirectUriFailure): string {
  const scheme = uri.slice(0, Math.max(0, uri.indexOf(':'))).toLowerCase();
  const isUnlisted = failure === 'scheme_not_allowed' && isListableScheme(scheme);
  return isUnlisted ? 'has a scheme that allowedRedirectSchemes does not list' : REDIRECT_URI_PROBLEMS[failure];
}

const KEY_PROBLEMS: Readonly<Record<PublicJwkSetFailure, string>> = {
  client_keys_malformed: 'is no JWK Set with a key that private_key_jwt can use',
  client_keys_private: 'has private or symmetric keys: take the public ones, and replace those it shows',
};

function findKeyFailure(jwks: string): PublicJwkSetFailure | undefined {
  const json = parseStrictJson(jwks);
  const keys = json.ok ? parsePublicJwkSet(json.value.value) : undefined;
  if (keys?.ok === true) return undefined;
  return keys?.failure ?? 'client_keys_malformed';
}

function isOneScope(scope: string): boolean {
  const parsed = parseScope(scope);
  return parsed.ok && parsed.value.length === 1;
}
