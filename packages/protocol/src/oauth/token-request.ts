import { fail, type Result, succeed } from '../result.js';
import { trimAsciiWhitespace } from '../text/trim-ascii-whitespace.js';
import { CLIENT_ASSERTION_TYPE } from './client-assertion.js';
import type { OauthParameters } from './parameters.js';
import { isCodeVerifier } from './pkce.js';
import { parseScope } from './scope.js';

/** What a client says of itself in the body of a token request (OAuth 2.1 §2.4). */
export interface ClientAuthenticationParameters {
  readonly clientId: string | undefined;
  readonly clientSecret: string | undefined;
  /** Whether a client assertion came (RFC 7523), valid or not. */
  readonly hasAssertion: boolean;
  /** Without ASCII whitespace around it, as a shell adds it; and only with the `client_assertion_type` of a JWT beside it (RFC 7523 §2.2). */
  readonly clientAssertion: string | undefined;
}

/** Reads the wire names of client authentication in a body. */
export function parseClientAuthenticationParameters(parameters: OauthParameters): ClientAuthenticationParameters {
  const assertion = parameters.value('client_assertion');
  const type = parameters.value('client_assertion_type');
  return {
    clientId: parameters.value('client_id'),
    clientSecret: parameters.value('client_secret'),
    hasAssertion: assertion !== undefined || type !== undefined,
    clientAssertion:
      type === CLIENT_ASSERTION_TYPE && assertion !== undefined ? trimAsciiWhitespace(assertion) : undefined,
  };
}

/** A token request for an authorization code (OAuth 2.1 §4.1.3). */
export interface AuthorizationCodeTokenRequest {
  readonly code: string;
  readonly codeVerifier: string;
  /** May be absent in OAuth 2.1; when it is there, it must be the one of the authorization request. */
  readonly redirectUri: string | undefined;
  readonly resources: readonly string[];
}

/** Reads and checks the syntax of a code grant. Does not know whether the code exists. */
export function parseAuthorizationCodeTokenRequest(
  parameters: OauthParameters,
): Result<AuthorizationCodeTokenRequest, 'code_missing' | 'code_verifier_missing' | 'code_verifier_malformed'> {
  const code = parameters.value('code');
  const codeVerifier = parameters.value('code_verifier');
  if (code === undefined) return fail('code_missing');
  if (codeVerifier === undefined) return fail('code_verifier_missing');
  if (!isCodeVerifier(codeVerifier)) return fail('code_verifier_malformed');
  return succeed({
    code,
    codeVerifier,
    redirectUri: parameters.value('redirect_uri'),
    resources: parameters.values('resource'),
  });
}

/** A token request for a refresh token (OAuth 2.1 §4.3.1). */
export interface RefreshTokenRequest {
  readonly refreshToken: string;
  /** As it came, for `parseScope`. Absent is the whole scope of the grant. */
  readonly scope: string | undefined;
  readonly resources: readonly string[];
}

/**
 * Reads a refresh. Does not know whether the refresh token exists, nor look at the syntax of its scope: that is for who has looked
 * the token up, since one that is reused is so whatever is asked for with it.
 */
export function parseRefreshTokenRequest(
  parameters: OauthParameters,
): Result<RefreshTokenRequest, 'refresh_token_missing'> {
  const refreshToken = parameters.value('refresh_token');
  if (refreshToken === undefined) return fail('refresh_token_missing');
  return succeed({ refreshToken, scope: parameters.value('scope'), resources: parameters.values('resource') });
}

/** A token request for a device code (RFC 8628 §3.4). */
export interface DeviceCodeTokenRequest {
  readonly deviceCode: string;
  readonly resources: readonly string[];
}

/** Reads the poll of a device. Does not know whether the device code exists. */
export function parseDeviceCodeTokenRequest(
  parameters: OauthParameters,
): Result<DeviceCodeTokenRequest, 'device_code_missing'> {
  const deviceCode = parameters.value('device_code');
  if (deviceCode === undefined) return fail('device_code_missing');
  return succeed({ deviceCode, resources: parameters.values('resource') });
}

/** A token request of a client in its own name (OAuth 2.1 §4.2.1, RFC 8707 §2). */
export interface ClientCredentialsRequest {
  /** Absent is the default of the resource. */
  readonly scopes: readonly string[] | undefined;
  readonly resources: readonly string[];
}

/** Reads and checks the syntax of a client credentials grant. Does not know who asks, nor which scopes exist. */
export function parseClientCredentialsRequest(
  parameters: OauthParameters,
): Result<ClientCredentialsRequest, 'scope_malformed'> {
  const resources = parameters.values('resource');
  const scope = parameters.value('scope');
  if (scope === undefined) return succeed({ scopes: undefined, resources });
  const scopes = parseScope(scope);
  return scopes.ok ? succeed({ scopes: scopes.value, resources }) : scopes;
}
