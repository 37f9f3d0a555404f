import type {
  BoundedFetch,
  BoundedFetchFailure,
  BoundedFetchResult,
  BoundedRequest,
  BoundedResponse,
} from '@portcullis/ports';

/** A request to a place that metadata named: a metadata document, or an endpoint of an authorization server. */
export type TransportRequest = BoundedRequest;

/** An answer, whatever its status. A redirect is an answer and is not followed. */
export type TransportResponse = BoundedResponse;

/** Why there is no answer. */
export type TransportFailure = BoundedFetchFailure;

/** The answer, or why there is none. */
export type TransportResult = BoundedFetchResult;

/**
 * The way to addresses that a server named. Resolves in every case, follows no redirect, sends no cookies, and reads no
 * more than was asked for.
 *
 * Where the client runs on a server, or on a person's machine, it must not lead a stranger into the network around it:
 * `@portcullis/client/node` has one that vets every address it connects to. In a browser the browser's own rules hold,
 * and {@link createFetchTransport} is enough.
 */
export type Transport = BoundedFetch;
