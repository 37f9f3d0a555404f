import { type AuthInfo, toAuthInfo } from '../adapters/auth-info.js';
import { type BodyReading, readParsedBody } from '../adapters/body.js';
import { checkGuarded } from '../adapters/check-guarded.js';
import type { GuardOptions } from '../adapters/guard-options.js';
import {
  type NodeRequest,
  type NodeResponse,
  presentNodeRequest,
  readNodeBody,
  sendNodeResponse,
  setAnswerHeaders,
} from '../adapters/node-http.js';
import type { Caller } from '../caller.js';
import type { Admission, AdmittedRequest, GuardedResource } from '../resource/protected-resource.js';

/** The parts of an Express request that are used. */
export interface ExpressRequest extends NodeRequest {
  readonly originalUrl: string;
  readonly url: string;
  readonly baseUrl: string;
  /** Set while a route's own handlers run. */
  readonly route?: unknown;
  /** Set by a body parser; by the guard where none has read the body and it decides. */
  body?: unknown;
  /** Tells the parsers of Express 4 that the body was read. */
  _body?: boolean;
}

/** The parts of an Express response that are used. */
export type ExpressResponse = NodeResponse;

/** What the guard leaves on a request that it let in. */
interface Guarded {
  auth?: AuthInfo;
  caller?: Caller;
}

/**
 * Express middleware, for `app.use(expressGuard(resource))`. Serves the metadata, sets `request.auth` as the transports of
 * SDK v1 take it, and `request.caller`: in TypeScript, `GuardedRequest` has both, and `callerOfRequest` finds the
 * second.
 *
 * Used for the whole application it leaves requests alone that are about something else, by the path of `resource` or by
 * `path`: behind a proxy that changes paths, one of them has to be what Express sees. Put before one route, or mounted at
 * a path, it takes all that come there for the resource, and lets none in without a token; the metadata lie elsewhere, so
 * use {@link expressMetadata} for the whole application then. Where tools or methods were declared it reads the body, up to
 * 4 MiB, unless a parser has read it before, and leaves it in `request.body`: give that to the transport,
 * `transport.handleRequest(request, response, request.body)`.
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function expressGuard<Request extends ExpressRequest = ExpressRequest>(
  resource: GuardedResource,
  options: GuardOptions<Request> = {},
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => void {
  checkGuarded('expressGuard', resource);
  function goOn(admitted: AdmittedRequest, request: Guarded, next: () => void): void {
    request.auth = toAuthInfo(admitted.caller, admitted.accessToken);
    request.caller = admitted.caller;
    next();
  }

  async function goOnWithBody(
    admitted: AdmittedRequest,
    request: ExpressRequest & Guarded,
    response: ExpressResponse,
    next: () => void,
  ): Promise<void> {
    const reading = await readBody(request);
    if (reading === undefined) return;
    const refusal = reading.ok ? admitted.authorize(reading.value) : admitted.refuseBody(reading.failure);
    if (refusal !== undefined) sendNodeResponse(request, response, refusal);
    else goOn(admitted, request, next);
  }

  function conclude(
    admission: Admission,
    request: ExpressRequest & Guarded,
    response: ExpressResponse,
    next: (error?: unknown) => void,
  ): void {
    switch (admission.outcome) {
      case 'elsewhere':
        next();
        return;
      case 'answered':
        sendNodeResponse(request, response, admission.response);
        return;
      case 'admitted': {
        setAnswerHeaders(response, admission.headers);
        if (admission.needsBody) goOnWithBody(admission, request, response, next).catch(next);
        else goOn(admission, request, next);
      }
    }
  }

  return (request, response, next) => {
    const { originalUrl, baseUrl, url } = request;
    const isForResource =
      request.route !== undefined ||
      baseUrl !== '' ||
      // A rewritten URL is the one that routes are found by.
      (url !== originalUrl && resource.covers(url, request.method));
    const context = options.describe?.(request as Request);
    const admission = resource.admit(presentNodeRequest(request, originalUrl, isForResource, context));
    if ('outcome' in admission) conclude(admission, request, response, next);
    else admission.then((found) => conclude(found, request, response, next)).catch(next);
  };
}

async function readBody(request: ExpressRequest): Promise<BodyReading | undefined> {
  // An object that is there while nobody has read the request is a default, and a later parser would put the call in its
  // place.
  if (request.body !== undefined && request.readableEnded) {
    return readParsedBody(request.body, request.headers['content-type']);
  }
  const reading = await readNodeBody(request);
  if (reading?.ok === true) {
    request.body = reading.value;
    request._body = true;
  }
  return reading;
}
