import { dropOtherValues, type OauthParameters, parseOauthParameters, REPEATABLE_PARAMETERS } from './parameters.js';

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

/** What a pushed request is kept by, beside the client it is of. */
const KEPT_PARAMETERS = [
  'redirect_uri',
  'response_type',
  'response_mode',
  'state',
  'scope',
  'code_challenge',
  'code_challenge_method',
  'prompt',
  'max_age',
  'resource',
] as const;

/** Every name that {@link readAuthorizationRequest} asks for. */
const READ_PARAMETERS: ReadonlySet<string> = new Set([
  ...KEPT_PARAMETERS,
  'client_id',
  'dpop_jkt',
  'request',
  'request_uri',
]);

/** Reads the wire names of an authorization request. Never fails: see {@link AuthorizationRequest}. */
export function parseAuthorizationRequest(encoded: string): AuthorizationRequest {
  return readAuthorizationRequest(parseOauthParameters(encoded, REPEATABLE_PARAMETERS));
}

/** The same of parameters that were parsed already, with {@link REPEATABLE_PARAMETERS}. */
export function readAuthorizationRequest(parameters: OauthParameters): AuthorizationRequest {
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

/**
 * The parameters of a request that mean something, form-encoded: {@link parseAuthorizationRequest} reads the same request
 * from them, but for the key that it names, which is kept on its own. Nothing else that came with it is in there, a client's
 * credentials least of all.
 *
 * @param clientId - the one that proved who it is; the request may have left it to its credentials
 */
export function formatAuthorizationRequest({ parameters }: AuthorizationRequest, clientId: string): string {
  const encoded = new URLSearchParams({ client_id: clientId });
  for (const name of KEPT_PARAMETERS) {
    for (const value of parameters.values(name)) encoded.append(name, value);
  }
  return encoded.toString();
}

/**
 * A request that came in a form, as it may stand in an address: what means nothing here has lost its value, a client's credentials
 * among it, and {@link parseAuthorizationRequest} reads and refuses the same.
 */
export function formatFormAsQuery(encoded: string): string {
  return dropOtherValues(encoded, READ_PARAMETERS);
}
