/** A request to a place that metadata named: a metadata document, or an endpoint of an authorization server. */
export interface TransportRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  /** In lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Bytes of the answer. One that is longer fails. */
  readonly maxBytes: number;
  /** From the call to the last byte. */
  readonly timeoutMilliseconds: number;
}

/** An answer, whatever its status. A redirect is an answer and is not followed. */
export interface TransportResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why there is no answer. */
export type TransportFailure = 'address_refused' | 'not_reached' | 'timed_out' | 'too_large';

/** The answer, or why there is none. */
export type TransportResult =
  | { readonly ok: true; readonly value: TransportResponse }
  | { readonly ok: false; readonly failure: TransportFailure };

/**
 * The way to addresses that a server named. Resolves in every case, follows no redirect, sends no cookies, and reads no
 * more than was asked for.
 *
 * Where the client runs on a server, or on a person's machine, it must not lead a stranger into the network around it:
 * `@portcullis/client/node` has one that vets every address it connects to. In a browser the browser's own rules hold,
 * and {@link createFetchTransport} is enough.
 */
export type Transport = (request: TransportRequest) => Promise<TransportResult>;
