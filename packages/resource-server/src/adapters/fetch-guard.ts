import type { WholeResponse } from '@portcullis/ports';
import type { Caller } from '../caller.js';
import type { Admission, GuardedResource } from '../resource/protected-resource.js';
import { type AuthInfo, toAuthInfo } from './auth-info.js';
import { checkBodyKind, MAX_BODY_BYTES, parseBody } from './body.js';
import { checkGuarded } from './check-guarded.js';
import type { GuardOptions } from './guard-options.js';

/** A request that was let in. */
export interface AdmittedFetch {
  readonly caller: Caller;
  /** The caller in the SDKs' words: `createMcpHandler(…).fetch(request, { authInfo })`. */
  readonly authInfo: AuthInfo;
  /** To go on with in place of the one that came, whose body may have been read. */
  readonly request: Request;
  /** These go on the answer (CORS). */
  readonly headers: Readonly<Record<string, string>>;
  /** The answer with `headers` on it, its stream untouched. */
  answer(response: Response): Response;
}

/** A guard over web-standard requests. */
export interface FetchGuard {
  /**
   * The answer, where the request is to be answered here, or else what is known of its caller. Every request that is
   * given to it is taken to be for the resource or its metadata: whatever its path, none gets past without a token.
   */
  (request: Request): Promise<Response | AdmittedFetch>;
  /** Whether a request is about the resource or its metadata, by its path. */
  covers(request: Request): boolean;
  /**
   * A handler that serves the resource behind the guard. Answers of `handler` pass as they are, streams included.
   *
   * @param elsewhere - serves requests that are about something else. @defaultValue none pass without a token
   */
  wrap(
    handler: (request: Request, admitted: AdmittedFetch) => Response | Promise<Response>,
    elsewhere?: (request: Request) => Response | Promise<Response>,
  ): (request: Request) => Promise<Response>;
}

/** Headers that the guard reads. */
const READ_HEADERS = ['authorization', 'dpop', 'origin', 'mcp-protocol-version', 'access-control-request-headers'];

/**
 * The guard for web-standard servers: Hono, Deno, Bun, Workers, Node behind an adapter.
 *
 * @example
 * ```ts
 * const guard = fetchGuard(resource);
 * app.use(async (context, next) => {
 *   if (!guard.covers(context.req.raw)) return next();
 *   const admitted = await guard(context.req.raw);
 *   if (admitted instanceof Response) return admitted;
 *   return admitted.answer(await mcp.fetch(admitted.request, { authInfo: admitted.authInfo }));
 * });
 * ```
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function fetchGuard(resource: GuardedResource, options: GuardOptions<Request> = {}): FetchGuard {
  checkGuarded('fetchGuard', resource);
  async function guard(request: Request): Promise<Response | AdmittedFetch> {
    const admission: Admission = await resource.admit({
      ...options.describe?.(request),
      method: request.method,
      target: targetOf(request.url),
      host: request.headers.get('host') ?? hostOf(request.url),
      rawHeaders: readHeaders(request.headers),
      isForResource: true,
    });
    if (admission.outcome === 'answered') return toResponse(admission.response, request.method);
    // Cannot come, since the request was said to be for the resource; and if it did, nobody gets in by it.
    if (admission.outcome === 'elsewhere') return new Response(null, { status: 404 });
    const { caller, headers } = admission;
    const authInfo = toAuthInfo(caller, admission.accessToken);
    const answer = (response: Response): Response => withAnswerHeaders(response, headers);
    if (!admission.needsBody) return { caller, authInfo, request, headers, answer };
    const refusal = checkBodyKind(request.headers.get('content-type'), request.headers.get('content-encoding'));
    if (refusal !== undefined) return toResponse(admission.refuseBody(refusal), request.method);
    const text = await readText(request);
    if (typeof text !== 'string') return toResponse(admission.refuseBody(text.failure), request.method);
    const body = parseBody(text);
    const response = body.ok ? admission.authorize(body.value) : admission.refuseBody(body.failure);
    if (response !== undefined) return toResponse(response, request.method);
    return { caller, authInfo, request: withBody(request, text), headers, answer };
  }

  const covers = (request: Request): boolean => resource.covers(targetOf(request.url), request.method);

  return Object.assign(guard, {
    covers,
    wrap: ((handler, elsewhere) => async (request) => {
      if (elsewhere !== undefined && !covers(request)) return elsewhere(request);
      const admitted = await guard(request);
      if (admitted instanceof Response) return admitted;
      return admitted.answer(await handler(admitted.request, admitted));
    }) satisfies FetchGuard['wrap'],
  });
}

/** The target of an absolute URL. */
function targetOf(url: string): string {
  const scheme = url.indexOf('://');
  const path = url.indexOf('/', scheme + 3);
  if (path < 0) return '/';
  const hash = url.indexOf('#', path);
  return hash < 0 ? url.slice(path) : url.slice(path, hash);
}

/** The host of an absolute URL: not every runtime leaves the header with a request. */
function hostOf(url: string): string {
  return new URL(url).host;
}

/** Names and values in turn. `Headers` has joined a second `Authorization` to the first: they are taken apart again. */
function readHeaders(headers: Headers): string[] {
  const raw: string[] = [];
  for (const name of READ_HEADERS) {
    const value = headers.get(name);
    if (value === null) continue;
    raw.push(name, value);
    if (name === 'authorization' && /,\s*(?:bearer|dpop)\s/i.test(value)) raw.push(name, value);
  }
  return raw;
}

async function readText(
  request: Request,
): Promise<string | { readonly failure: 'body_too_large' | 'body_unreadable' }> {
  if (request.bodyUsed) return { failure: 'body_unreadable' };
  if (request.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  const reader = request.body.getReader();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      size += part.value.length;
      if (size > MAX_BODY_BYTES) {
        await reader.cancel();
        return { failure: 'body_too_large' };
      }
      text += decoder.decode(part.value, { stream: true });
    }
  } catch {
    return { failure: 'body_unreadable' };
  }
  return text + decoder.decode();
}

/** The request with its body again. */
function withBody(request: Request, body: string): Request {
  const { method, signal } = request;
  const headers = new Headers(request.headers);
  headers.delete('content-length');
  return new Request(request.url, { method, headers, body, signal });
}

function toResponse({ status, headers, body }: WholeResponse, method: string): Response {
  return new Response(method === 'HEAD' || body === '' ? null : body, { status, headers });
}

/** The same answer, its stream untouched, with headers more. An error or a change of protocol cannot be made anew. */
function withAnswerHeaders(response: Response, headers: Readonly<Record<string, string>>): Response {
  const entries = Object.entries(headers);
  if (entries.length === 0 || response.type === 'error' || response.status === 101) return response;
  const all = new Headers(response.headers);
  for (const [name, value] of entries) {
    // What else an answer varies by stays said.
    if (name === 'vary') all.append(name, value);
    else all.set(name, value);
  }
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers: all });
}
