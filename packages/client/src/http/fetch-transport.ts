import { fail, succeed } from '@portcullis/protocol';
import type { Transport, TransportRequest, TransportResult } from './transport.js';

/** What of the platform's `fetch` the client calls. */
export type FetchLike = (input: string | URL | Request, init?: RequestInit) => Promise<Response>;

/**
 * A {@link Transport} over the platform's `fetch`. Bounded in size and time, without redirects and cookies. Does **not**
 * vet addresses: for browsers, and for runtimes whose `fetch` reaches public addresses only.
 */
export function createFetchTransport(fetch: FetchLike): Transport {
  return async (request) => {
    const signal = AbortSignal.timeout(request.timeoutMilliseconds);
    try {
      const response = await fetch(request.url, {
        method: request.method,
        headers: { ...request.headers },
        ...(request.body === undefined ? {} : { body: request.body }),
        redirect: 'manual',
        credentials: 'omit',
        cache: 'no-store',
        signal,
      });
      return await readWhole(response, request);
    } catch {
      return fail(signal.aborted ? 'timed_out' : 'not_reached');
    }
  };
}

/** @throws when the connection breaks off */
async function readWhole(response: Response, { maxBytes }: TransportRequest): Promise<TransportResult> {
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
