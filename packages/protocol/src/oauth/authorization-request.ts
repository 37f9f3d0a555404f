import { type OauthParameters, parseOauthParameters } from './parameters.js';

/**
 * An authorization request with inner names (OAuth 2.1 §4.1.1, RFC 7636 §4.3, RFC 8707 §2). Each text is still what a
 * stranger sent: present or absent, nothing more. The checks of the authorization endpoint give them meaning, in their
 * order.
 */
export interface AuthorizationRequest {
  readonly parameters: OauthParameters;
  readonly clientId: string | undefined;
  readonly redirectUri: string | undefined;
  readonly responseType: string | undefined;
  readonly responseMode: string | undefined;
  readonly state: string | undefined;
  readonly scope: string | undefined;
  readonly codeChallenge: string | undefined;
  readonly codeChallengeMethod: string | undefined;
  /** `dpop_jkt`: the key that the code is to be bound to (RFC 9449 §10). */
  readonly dpopKeyThumbprint: string | undefined;
  readonly prompt: string | undefined;
  /** OpenID Connect Core §3.1.2.1. */
  readonly maxAge: string | undefined;
  readonly resources: readonly string[];
  /** Whether a request object came by value or by reference (RFC 9101). */
  readonly hasRequestObject: boolean;
  readonly hasRequestUri: boolean;
}

/** Reads the wire names of an authorization request. Never fails: see {@link AuthorizationRequest}. */
export function parseAuthorizationRequest(encoded: string): AuthorizationRequest {
  const parameters = parseOauthParameters(encoded, ['resource']);
  return {
    parameters,
    clientId: parameters.value('client_id'),
    redirectUri: parameters.value('redirect_uri'),
    responseType: parameters.value('response_type'),
    responseMode: parameters.value('response_mode'),
    state: parameters.value('state'),
    scope: parameters.value('scope'),
    codeChallenge: parameters.value('code_challenge'),
    codeChallengeMethod: parameters.value('code_challenge_method'),
    dpopKeyThumbprint: parameters.value('dpop_jkt'),
    prompt: parameters.value('prompt'),
    maxAge: parameters.value('max_age'),
    resources: parameters.values('resource'),
    hasRequestObject: parameters.values('request').length > 0,
    hasRequestUri: parameters.values('request_uri').length > 0,
  };
}
