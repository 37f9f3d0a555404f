import type { Client } from '@portcullis/ports';
import {
  DEVICE_CODE_GRANT_TYPE,
  foldResourceIdentifier,
  isHttpsUrl,
  isListableScheme,
  JWT_BEARER_GRANT_TYPE,
  type PublicJwkSetFailure,
  parsePublicJwkSet,
  parseRedirectUri,
  parseStrictJson,
  type RedirectUriFailure,
  TOKEN_EXCHANGE_GRANT_TYPE,
} from '@portcullis/protocol';
import { isWorkloadSubject } from '../grants/workload-subject.js';
import { checkScopeName } from '../resources/scope-rules.js';
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
  TOKEN_EXCHANGE_GRANT_TYPE,
  JWT_BEARER_GRANT_TYPE,
  DEVICE_CODE_GRANT_TYPE,
];

/** Grants that bring access without a person at a browser: only for whoever proves who it is. */
export const GRANTS_OF_THE_PROVEN: readonly string[] = [
  'client_credentials',
  TOKEN_EXCHANGE_GRANT_TYPE,
  JWT_BEARER_GRANT_TYPE,
];

/** Those that a person decides about, and that refresh tokens may therefore come of. */
const GRANT_TYPES_OF_PEOPLE: readonly string[] = ['authorization_code', DEVICE_CODE_GRANT_TYPE];

/**
 * Holds a client that an operator makes known against the rules that no client may break, wherever it is kept: an id
 * that is no URL, redirect URIs exactly where a grant uses them, credentials exactly as its method uses them (RFC 7591
 * §2), no grant for a client that proves nothing but one that a person takes part in (OAuth 2.1 §4.2), and between which
 * resources tokens are exchanged exactly where they are (RFC 8693).
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
  demand(
    /^[\x21-\x7e]{1,255}$/.test(client.clientId),
    'clientId',
    'must be 1 to 255 printable ASCII characters without space',
  );
  demand(!/^https?:/i.test(client.clientId), 'clientId', 'must not be a URL: those name a client metadata document');
  demand(grantTypes.length > 0, 'grantTypes', 'names no grant');
  for (const [index, grantType] of grantTypes.entries()) {
    demand(
      GRANT_TYPES.includes(grantType),
      'grantTypes',
      `${JSON.stringify(grantType)} is no grant type that there is: ${GRANT_TYPES.join(', ')}`,
      index,
    );
  }
  const redirects = grantTypes.includes('authorization_code');
  demand(
    grantTypes.some((one) => GRANT_TYPES_OF_PEOPLE.includes(one)) || !grantTypes.includes('refresh_token'),
    'grantTypes',
    `has refresh_token without ${GRANT_TYPES_OF_PEOPLE.join(' or ')}`,
  );
  demand(!redirects || redirectUris.length > 0, 'redirectUris', 'needed where authorization_code is granted');
  demand(redirects || redirectUris.length === 0, 'redirectUris', 'used by authorization_code alone: grant it as well');
  for (const [index, uri] of redirectUris.entries()) {
    const parsed = parseRedirectUri(uri, redirectSchemes);
    if (!parsed.ok) demand(false, 'redirectUris', describe(uri, parsed.failure), index);
  }
  demand(
    redirects || client.requirePushedAuthorizationRequests !== true,
    'requirePushedAuthorizationRequests',
    'is for authorization_code alone: grant it as well, or leave this out',
  );
  const grantOfProven = grantTypes.find((grantType) => GRANTS_OF_THE_PROVEN.includes(grantType));
  demand(
    method !== 'none' || grantOfProven === undefined,
    'tokenEndpointAuthMethod',
    `is none, and ${grantOfProven} is for clients that prove who they are`,
  );
  demand(
    client.consentRequired !== true || grantTypes.some((one) => GRANT_TYPES_OF_PEOPLE.includes(one)),
    'consentRequired',
    `is asked for, and only ${GRANT_TYPES_OF_PEOPLE.join(' or ')} brings people to where they consent: grant one as well`,
  );
  for (const message of findExchangeProblems(client)) demand(false, 'tokenExchange', message);
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
  for (const [index, scope] of (client.scopes ?? []).entries()) {
    const wrong = checkScopeName(scope);
    demand(wrong === undefined, 'scopes', `is no scope: ${wrong}`, index);
  }
  return problems;
}

function findExchangeProblems({ grantTypes, tokenExchange }: Client): readonly string[] {
  const isGranted = grantTypes.includes(TOKEN_EXCHANGE_GRANT_TYPE);
  if (tokenExchange === undefined) return isGranted ? [`is missing, and ${TOKEN_EXCHANGE_GRANT_TYPE} needs it`] : [];
  const unused = isGranted ? [] : [`is used by ${TOKEN_EXCHANGE_GRANT_TYPE} alone: grant it as well`];
  const lists = (['subjectResources', 'targetResources'] as const).flatMap((name) => {
    const resources = tokenExchange[name];
    if (resources.length === 0) return [`names none in ${name}`];
    return resources.flatMap((resource, index) =>
      foldResourceIdentifier(resource) === undefined
        ? [`has in ${name}[${index}] what is no absolute URL without a fragment`]
        : [],
    );
  });
  return [...unused, ...lists];
}

const REDIRECT_URI_PROBLEMS: Readonly<Record<RedirectUriFailure, string>> = {
  too_long: 'is longer than 2048 characters',
  malformed: 'must be an absolute URI in printable ASCII',
  fragment: 'must not have a fragment (RFC 6749 §3.1.2)',
  wildcard: 'must be one exact address; wildcards are not redirects',
  response_parameter:
    'must not have in its query what the answer carries: code, state, iss, error and the like (RFC 6749 §3.1)',
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
