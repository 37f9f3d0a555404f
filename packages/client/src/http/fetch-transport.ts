export {
  /**
   * A {@link Transport} over the platform's `fetch`. Bounded in size and time, without redirects and cookies. Does **not**
   * vet addresses: for browsers, and for runtimes whose `fetch` reaches public addresses only.
   */
  createBoundedFetch as createFetchTransport,
  /** What of the platform's `fetch` the client calls. */
  type FetchLike,
} from '@portcullis/ports';
