/** What one call may cost. None has a default: whoever calls knows how much an answer can be. */
export interface UntrustedFetchLimits {
  /** Bytes of the body. Reading stops beyond. */
  readonly maxBytes: number;
  /** From the call to the last byte, the look-up of the name and the wait for a free place included. */
  readonly timeoutMilliseconds: number;
}

/** A request for `untrustedFetch`. */
export interface UntrustedRequest extends UntrustedFetchLimits {
  readonly url: string;
  /** @defaultValue GET */
  readonly method?: 'GET' | 'POST';
  /** In lower case. Never a credential, unless it was made for whoever the address was proven to belong to. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Of a POST, as UTF-8. Sent once: nothing is tried again. @defaultValue none */
  readonly body?: string;
}

/** An answer, whatever its status; a redirect is an answer and is not followed. */
export interface UntrustedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why there is no answer, for the trail only: told to a stranger, the difference between them is a port scanner. */
export type UntrustedFetchFailure =
  /** No URL, not https (or http at this computer, where that is allowed), with a user, or with a host that ends in a dot. */
  | 'url_refused'
  /** The host is an address that is not public (nor of a kind that is allowed), or its name leads, also, to one. */
  | 'address_refused'
  /** The name does not exist, or whoever knows did not say so. */
  | 'name_not_resolved'
  | 'not_connected'
  /** No TLS, or a certificate that nobody trusts or that is for another name. */
  | 'tls_failed'
  /** As many calls as may run at once, altogether or to this host, were under way all the time there was. */
  | 'busy'
  | 'timed_out'
  | 'too_large'
  /** The answer has a content coding, though none was accepted. */
  | 'encoding_refused'
  /** The connection broke, or what came is no HTTP. */
  | 'interrupted';

/** The answer, or why there is none. */
export type UntrustedFetchResult =
  | { readonly ok: true; readonly value: UntrustedResponse }
  | {
      readonly ok: false;
      readonly failure: UntrustedFetchFailure;
      /** The code of the error behind it, where the platform gave one (`DEPTH_ZERO_SELF_SIGNED_CERT`): for the trail only. */
      readonly detail?: string;
    };

/**
 * Fetches from an address that a stranger named (a client, a document, a tenant): https only, public addresses only, the
 * address that was vetted is the one connected to, no redirects, no content coding, bounded in size and time, without
 * cookies. Resolves in every case. Whoever supplies it may let further kinds of addresses pass: this computer's own, also
 * over plain http, and those of a private network.
 *
 * Has no default in a neutral room: on a runtime that cannot pin addresses, the host supplies one that its platform
 * guards, or leaves the features off that need it.
 */
export type UntrustedFetch = (request: UntrustedRequest) => Promise<UntrustedFetchResult>;
