import { fail, succeed } from '@portcullis/protocol';

/** A request for a {@link BoundedFetch}. */
export interface BoundedRequest {
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
export interface BoundedResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** Why there is no answer. */
export type BoundedFetchFailure = 'address_refused' | 'not_reached' | 'timed_out' | 'too_large';

/** The answer, or why there is none. */
export type BoundedFetchResult =
  | { readonly ok: true; readonly value: BoundedResponse }
  | { readonly ok: false; readonly failure: BoundedFetchFailure };

/**
 * Fetches a whole answer. Resolves in every case, follows no redirect, sends no cookies, and reads no more than was asked
 * for. Whether it vets the addresses it connects to is for whoever supplies it to say: {@link createBoundedFetch} does not.
 * For an address that a stranger named there is {@link UntrustedFetch}.
 */
export type BoundedFetch = (request: BoundedRequest) => Promise<BoundedFetchResult>;

/** What of the platform's `fetch` is called. */
export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/** What of a request is meant for browsers, and can be no member of it elsewhere. */
const BROWSER_MEMBERS: Pick<RequestInit, 'cache' | 'credentials'> = { cache: 'no-store', credentials: 'omit' };

/**
 * A {@link BoundedFetch} over the platform's `fetch`. Does **not** vet addresses: for those that an operator configured,
 * for browsers, and for runtimes whose `fetch` reaches public addresses only.
 */
export function createBoundedFetch(fetch: FetchLike): BoundedFetch {
  // Cloudflare Workers throw on members that their requests do not have (workers-sdk#2514); they keep no cookies either.
  const browserMembers = Object.fromEntries(
    Object.entries(BROWSER_MEMBERS).filter(([member]) => member in Request.prototype),
  );
  return async (request) => {
    const signal = AbortSignal.timeout(request.timeoutMilliseconds);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: 'manual',
        ...browserMembers,
        signal,
      });
      return await readWhole(response, request);
    } catch {
      return fail(signal.aborted ? 'timed_out' : 'not_reached');
    }
  };
}

/** @throws when the connection breaks off */
async function readWhole(response: Response, { maxBytes }: BoundedRequest): Promise<BoundedFetchResult> {
  const { status, headers } = response;
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const step = await reader?.read();
    if (step === undefined || step.done) break;
    length += step.value.length;
    if (length > maxBytes) {
      // What is left is nobody's: a server that sends without end must not hold up the answer to that.
      void reader?.cancel().catch(() => undefined);
      return fail('too_large');
    }
    chunks.push(step.value);
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return succeed({ status, headers, body });
}
