/** What went wrong, for a program to decide by. Stable: a code is never given another meaning. */
export type OAuthClientErrorCode =
  /** An address is no https URL (or http at a loopback host), has a user or fragment, or leads from https to http. */
  | 'url_refused'
  /** A server did not answer, answered with a server error, or took too long. Trying again later may help. */
  | 'server_unavailable'
  /** What a server answered is no metadata, too large, or none was found. */
  | 'discovery_failed'
  /** The metadata of the protected resource speak for another resource than the one that was asked (RFC 9728 §3.3). */
  | 'resource_mismatch'
  /** Metadata name another issuer than the one they were asked from (RFC 8414 §3.3). */
  | 'issuer_mismatch'
  /** Credentials are bound to another authorization server than the one that the server names now. */
  | 'issuer_changed'
  /** The authorization server does not say that it supports PKCE with S256. */
  | 'pkce_not_supported'
  /** There is no way to become a client of this authorization server. */
  | 'registration_unavailable'
  /** The authorization server refused to register this client. */
  | 'registration_refused'
  /** The authorization server does not know, or no longer accepts, this client. */
  | 'client_refused'
  /** Somebody has to sign in, and this program was not given a way to ask. */
  | 'sign_in_required'
  /** What was asked for needs scopes that nobody has granted, and this program was not given a way to ask. */
  | 'scope_missing'
  /** The user, or the authorization server, said no. */
  | 'authorization_refused'
  /** The response that came back from the browser is not for this request, or not from this issuer (RFC 9207 §2.4). */
  | 'authorization_response_invalid'
  /** Nobody signed in within the time there was. */
  | 'sign_in_timed_out'
  /** The token endpoint refused the request; `error` says how. */
  | 'token_refused'
  /** The answer of the token endpoint is no token response, or one that cannot be used. */
  | 'token_response_invalid'
  /** The server goes on refusing tokens that were just issued for it. */
  | 'authorization_exhausted'
  /** The server redirects to where a token must not be sent. */
  | 'redirect_refused'
  /** A record could not be read or kept. */
  | 'store_failed'
  /** A record is encrypted with a key that is not there, or not now. It is left as it is; a new sign-in replaces it. */
  | 'store_locked'
  /** The options do not go together. */
  | 'configuration_invalid';

/** What may be told beside the code. */
export interface OAuthClientErrorDetails {
  /** The `error` code of an OAuth error response, where one came and it is well formed. */
  readonly error?: string | undefined;
  /** Of an HTTP answer. */
  readonly status?: number | undefined;
  /** See {@link OAuthClientError.description}. */
  readonly description?: string | undefined;
  readonly cause?: unknown;
}

/**
 * A failure of the client. The message says what happened and what to do about it. It never holds a token, a code or a
 * secret. Of what a server chose it holds an origin or an error code, in plain characters: what else it writes ends here,
 * but for what it says of a refused sign-in, which stands apart.
 */
export class OAuthClientError extends Error {
  override readonly name = 'OAuthClientError';
  readonly code: OAuthClientErrorCode;
  /** The `error` code of the OAuth error response behind it (RFC 6749 §5.2); undefined where there was none. */
  readonly error: string | undefined;
  /** The HTTP status behind it; undefined where there was none. */
  readonly status: number | undefined;

  /**
   * What the authorization server says of a sign-in that it refused (`error_description`), where it says something: one line
   * of 200 printable ASCII characters at most, without double quotes. A stranger's words: show them as such.
   */
  readonly description: string | undefined;

  constructor(code: OAuthClientErrorCode, message: string, details: OAuthClientErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.error = details.error;
    this.status = details.status;
    this.description = details.description;
  }
}

/** Whether what failed is that a record is encrypted with a key which is not there. */
export function isStoreLocked(error: unknown): boolean {
  return error instanceof OAuthClientError && error.code === 'store_locked';
}
