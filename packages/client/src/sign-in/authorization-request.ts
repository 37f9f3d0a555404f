import { calculatePKCECodeChallenge, generateRandomCodeVerifier, generateRandomState } from 'oauth4webapi';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import { OAuthClientError } from '../oauth-client-error.js';

/** An authorization request that was sent off, with what its response is checked against. */
export interface PendingAuthorization {
  /** Where the person is led to. */
  readonly url: URL;
  /** All that is asked, as the authorization endpoint takes it. */
  readonly parameters: URLSearchParams;
  /** Whether the server has it already, and `url` only refers to it (RFC 9126). */
  readonly isPushed: boolean;
  readonly server: AuthorizationServerMetadata;
  readonly state: string;
  readonly codeVerifier: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly scopes: readonly string[];
}

/** What is asked for. */
export interface AuthorizationRequest {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly resource: string;
  readonly scopes: readonly string[];
  /** The key that the code is to be bound to (RFC 9449 §10, `dpop_jkt`). */
  readonly dpopThumbprint: string | undefined;
}

/**
 * Whether a sign-in at this server is safe: one that ignores the challenge would redeem a stolen code for anybody (MCP,
 * Authorization Code Protection).
 *
 * @throws {OAuthClientError} `pkce_not_supported` where the server does not say that it knows S256
 */
export function requirePkce(server: Pick<AuthorizationServerMetadata, 'codeChallengeMethods'>): void {
  if (server.codeChallengeMethods.includes('S256')) return;
  throw new OAuthClientError(
    'pkce_not_supported',
    'The authorization server does not say that it supports PKCE with S256 ("code_challenge_methods_supported"), so signing in there is not safe. Whoever runs it has to turn that on.',
  );
}

/**
 * Builds an authorization request (OAuth 2.1 §4.1.1) with PKCE S256 and the resource (RFC 8707). State and verifier are
 * fresh, and independent of each other.
 *
 * @throws {OAuthClientError} `pkce_not_supported` or `discovery_failed`
 */
export async function buildAuthorizationRequest(
  server: AuthorizationServerMetadata,
  request: AuthorizationRequest,
): Promise<PendingAuthorization> {
  requirePkce(server);
  if (server.authorizationEndpoint === undefined) {
    throw new OAuthClientError('discovery_failed', 'The authorization server metadata name no authorization endpoint.');
  }
  const state = generateRandomState();
  const codeVerifier = generateRandomCodeVerifier();
  const { clientId, redirectUri, resource, scopes, dpopThumbprint } = request;
  const parameters = new URLSearchParams({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: await calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    state,
    resource,
  });
  if (scopes.length > 0) parameters.set('scope', scopes.join(' '));
  // OpenID Connect Core §11: without it, a server that knows offline_access may leave it out.
  if (scopes.includes('offline_access')) parameters.set('prompt', 'consent');
  if (dpopThumbprint !== undefined) parameters.set('dpop_jkt', dpopThumbprint);
  const url = new URL(server.authorizationEndpoint);
  for (const [name, value] of parameters) url.searchParams.set(name, value);
  return { url, parameters, isPushed: false, server, state, codeVerifier, clientId, redirectUri, resource, scopes };
}
