import type { Result } from '@portcullis/protocol';

/** What one call may cost. None has a default: whoever calls knows how much an answer can be. */
export interface UntrustedFetchLimits {
  /** Bytes of the body. Reading stops beyond. */
  readonly maxBytes: number;
  /** From the look-up of the name to the last byte. */
  readonly timeoutMilliseconds: number;
}

/** A GET for `untrustedFetch`. */
export interface UntrustedRequest extends UntrustedFetchLimits {
  readonly url: string;
  /** In lower case. Never a credential: the address is somebody else's. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** An answer, whatever its status; a redirect is an answer and is not followed. */
export interface UntrustedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/**
 * Why there is no answer, for the trail only: told to a stranger, the difference between them is a port scanner.
 * `url_refused`: not https, or with a user. `address_refused`: the name leads, also, to an address that is not public.
 */
export type UntrustedFetchFailure =
  | 'url_refused'
  | 'address_refused'
  | 'name_not_resolved'
  | 'not_connected'
  | 'timed_out'
  | 'too_large'
  | 'encoding_refused'
  | 'interrupted';

/**
 * Fetches from an address that a stranger named (a client, a document, a tenant): https only, public addresses only, the
 * address that was vetted is the one connected to, no redirects, no content coding, bounded in size and time, without
 * cookies or credentials. Resolves in every case.
 *
 * Has no default in a neutral room: on a runtime that cannot pin addresses, the host supplies one that its platform
 * guards, or leaves the features off that need it.
 */
export type UntrustedFetch = (request: UntrustedRequest) => Promise<Result<UntrustedResponse, UntrustedFetchFailure>>;
