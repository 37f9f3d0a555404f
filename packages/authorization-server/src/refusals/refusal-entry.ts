import type { OauthErrorCode } from '@portcullis/protocol';

/** What a refusal looks like from outside. */
export interface RefusalEntry {
  readonly error: OauthErrorCode;
  /** Words of our own; never what the request said. In the characters RFC 6749 §5.2 allows. */
  readonly description: string;
  /** HTTP status where it is answered directly. @defaultValue 400 */
  readonly status?: number;
}

/** Reasons of one room, and what is said of each. */
export type RefusalTable = Readonly<Record<string, RefusalEntry>>;

// What several rooms say alike. One text for each code where telling the reasons apart would help whoever is guessing (RFC 9700,
// OAuth 2.1 §7.7).

/** Nothing was judged: it is worth coming again. */
export const TRY_AGAIN = {
  error: 'temporarily_unavailable',
  description: 'Try again in a moment.',
  status: 503,
} as const;

export const INVALID_CLIENT = {
  error: 'invalid_client',
  description: 'The client is unknown, or did not prove who it is by the method that it is registered with.',
  status: 401,
} as const;

export const INVALID_GRANT = {
  error: 'invalid_grant',
  description:
    'The code or refresh token is unknown, used, expired or ended, or not for this client, redirect_uri, code_verifier or key.',
} as const;

/** RFC 6749 §3.3. */
export const MALFORMED_SCOPE = {
  error: 'invalid_scope',
  description: 'The scope cannot be read: scopes are separated by one space, and by nothing else.',
} as const;

export const INVALID_TARGET = {
  error: 'invalid_target',
  description: 'The resource is not one that can be granted.',
} as const;

export const INVALID_SCOPE = {
  error: 'invalid_scope',
  description: 'The scope is not one that can be granted.',
} as const;

export const UNAUTHORIZED_CLIENT = {
  error: 'unauthorized_client',
  description: 'The client may not use this grant.',
} as const;
