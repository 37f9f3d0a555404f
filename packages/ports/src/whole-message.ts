/**
 * A request that a host has read to its end: what a `Request` says, at a fraction of what one costs to build. For hosts
 * that have the parts at hand anyway, such as Node's.
 */
export interface WholeRequest {
  readonly method: string;
  /** As it was sent: never decoded, never normalised. */
  readonly pathname: string;
  /** With its `?`, or empty. */
  readonly search: string;
  /** A header by its name in lower case, or null. One that came more than once is joined by `, ` (Fetch §2.2.2). */
  header(name: string): string | null;
  /** Empty without one. The host bounds its length and the time it may take. */
  readonly body: Uint8Array;
}

/** An answer to be sent as it is. */
export interface WholeResponse {
  readonly status: number;
  /** By names in lower case. `Content-Length` and `Date` are the host's. */
  readonly headers: Readonly<Record<string, string>>;
  /** Empty without one. On an answer to HEAD it is what GET would get, and the host leaves it out. */
  readonly body: string;
}
