import type { FetchLike } from './fetch-transport.js';

/** A request that may be sent more than once, and looked at. */
export interface Resendable {
  readonly url: string;
  readonly method: string;
  /** Those that it came with. */
  readonly headers: Headers;
  /** Sends it to `url` with `headers` in place of its own. Follows no redirect. */
  send(fetch: FetchLike, url: string, headers: Headers): Promise<Response>;
  /** A copy whose body may be read. */
  copy(): Request;
}

/**
 * What a `fetch` was called with. As it is where the body can be read again, which is so for every call of an SDK: a
 * `Request` of each sending, and a copy of its body as a stream, would cost more than all else that is done for a call.
 *
 * @throws {TypeError} as `fetch` does
 */
export function toResendable(input: string | URL | Request, init: RequestInit | undefined): Resendable {
  if (!(input instanceof Request) && isReadAgain(init?.body)) return fromParts(new URL(input).href, { ...init });
  const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
  return fromRequest(new Request(input, init), signal);
}

function fromParts(url: string, init: RequestInit): Resendable {
  return {
    url,
    method: normalizedMethod(init.method ?? 'GET'),
    headers: new Headers(init.headers),
    send: (fetch, to, headers) => fetch(to, { ...init, headers, redirect: 'manual' }),
    copy: () => new Request(url, init),
  };
}

/**
 * The signal goes along with each copy. A copy is tied to that of its original loosely, and to nothing when what stands
 * between the two is collected while an answer is waited for: nobody could then end the wait.
 */
function fromRequest(request: Request, signal: AbortSignal | undefined): Resendable {
  const { url, method, headers } = request;
  const init: RequestInit = { redirect: 'manual', ...(signal === undefined ? {} : { signal }) };
  return {
    url,
    method,
    headers,
    send(fetch, to, own) {
      const copy = request.clone();
      return fetch(new Request(to === url ? copy : new Request(to, copy), { headers: own, redirect: 'manual' }), init);
    },
    copy: () => request.clone(),
  };
}

/** Not a stream, nor what is read as one. */
function isReadAgain(body: unknown): boolean {
  return (
    body === undefined ||
    body === null ||
    typeof body === 'string' ||
    body instanceof ArrayBuffer ||
    ArrayBuffer.isView(body) ||
    body instanceof URLSearchParams ||
    body instanceof Blob ||
    body instanceof FormData
  );
}

const NORMALIZED = new Set(['DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT']);

/** The method as it is sent (Fetch, "normalize a method"). */
function normalizedMethod(method: string): string {
  const upper = method.toUpperCase();
  return NORMALIZED.has(upper) ? upper : method;
}
