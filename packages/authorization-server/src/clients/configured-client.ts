import type { Client } from '@portcullis/ports';
import { fail, parsePublicJwkSet, parseScope, parseStrictJson } from '@portcullis/protocol';
import type { AuthorizationServerPorts } from '../options.js';

/** The grants an operator may give a client. A test holds this against the table of grants. */
const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'];

const KEY_PROBLEMS = {
  client_keys_malformed: 'has a jwks without a key that private_key_jwt can use, or that is no JWK Set',
  client_keys_private: 'has a jwks with private or symmetric keys: take the public ones, and replace those it shows',
};

/**
 * What is wrong with a client that the operator configured, in words that follow its name; undefined where nothing is. Its
 * grants, its way to authenticate and its scopes have to go together: what can never work is refused before it is tried.
 *
 * Does not look at id, tenant and the form of redirect URIs, which depend on the other settings.
 */
export function findClientProblem(
  client: Client,
  ports: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): string | undefined {
  return (
    findGrantProblem(client) ?? findMethodProblem(client) ?? findKeyProblem(client, ports) ?? findScopeProblem(client)
  );
}

function findGrantProblem({ grantTypes, redirectUris, tokenEndpointAuthMethod }: Client): string | undefined {
  const has = (grantType: string): boolean => grantTypes.includes(grantType);
  const unknown = grantTypes.find((grantType) => !GRANT_TYPES.includes(grantType));
  if (unknown !== undefined) return `has a grant type that there is not: "${unknown}"`;
  if (grantTypes.length === 0) return 'has no grant type';
  if (has('authorization_code') && redirectUris.length === 0) return 'has no redirect URI';
  if (!has('authorization_code') && redirectUris.length > 0) return 'has redirect URIs, but not authorization_code';
  if (has('refresh_token') && !has('authorization_code')) return 'has refresh_token without authorization_code';
  if (has('client_credentials') && tokenEndpointAuthMethod === 'none') {
    return 'has client_credentials, which a public client cannot have: give it an authentication method';
  }
  return undefined;
}

function findMethodProblem({
  tokenEndpointAuthMethod: method,
  clientSecretHash,
  jwks,
  jwksUri,
}: Client): string | undefined {
  const usesSecret = method === 'client_secret_basic' || method === 'client_secret_post';
  if (usesSecret !== (clientSecretHash !== undefined)) {
    return 'needs a secret exactly when its authentication method uses one';
  }
  const keySources = [jwks, jwksUri].filter((source) => source !== undefined).length;
  return keySources === (method === 'private_key_jwt' ? 1 : 0)
    ? undefined
    : 'needs either jwks or jwksUri with private_key_jwt, and neither with another method';
}

function findKeyProblem(
  { jwks, jwksUri }: Client,
  { untrustedFetch }: Pick<AuthorizationServerPorts, 'untrustedFetch'>,
): string | undefined {
  if (jwks !== undefined) {
    const json = parseStrictJson(jwks);
    const keys = json.ok ? parsePublicJwkSet(json.value.value) : fail('client_keys_malformed' as const);
    return keys.ok ? undefined : KEY_PROBLEMS[keys.failure];
  }
  if (jwksUri === undefined) return undefined;
  if (!/^https:\/\/[\x21-\x7e]+$/.test(jwksUri) || !URL.canParse(jwksUri)) return 'has a jwksUri that is no https URL';
  return untrustedFetch === undefined ? 'has a jwksUri, which needs an untrustedFetch' : undefined;
}

function findScopeProblem({ scopes }: Client): string | undefined {
  if (scopes === undefined) return undefined;
  return scopes.length > 0 && scopes.every(isOneScope)
    ? undefined
    : 'has scopes that are none; leave them out where it may have every scope of a resource';
}

function isOneScope(scope: string): boolean {
  const parsed = parseScope(scope);
  return parsed.ok && parsed.value.length === 1;
}
