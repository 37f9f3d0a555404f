import type { IncomingMessage, ServerResponse } from 'node:http';
import type { JsonValue } from '@portcullis/protocol';
import { type AuthInfo, toAuthInfo } from '../adapters/auth-info.js';
import { checkGuarded } from '../adapters/check-guarded.js';
import type { GuardOptions } from '../adapters/guard-options.js';
import {
  failNodeResponse,
  presentNodeRequest,
  readNodeBody,
  sendNodeResponse,
  setAnswerHeaders,
} from '../adapters/node-http.js';
import type { Caller } from '../caller.js';
import type { GuardedResource, RequestContext } from '../resource/protected-resource.js';

/** A request that was let in. */
export interface AdmittedNode {
  readonly caller: Caller;
  /** The caller in the SDKs' words. The guard has set it as `request.auth` too, where their transports look. */
  readonly authInfo: AuthInfo;
  /**
   * The parsed body, where the guard had to read it: for `transport.handleRequest(request, response, body)`. Undefined
   * where it is still to be read.
   */
  readonly body: JsonValue | undefined;
}

/** A guard over `node:http` and `node:http2`. */
export interface NodeGuard {
  /**
   * What is known of the caller, or undefined where the request was answered. Every request that is given to it is taken
   * to be for the resource or its metadata: whatever its path, none gets past without a token.
   */
  (request: IncomingMessage, response: ServerResponse): Promise<AdmittedNode | undefined>;
  /**
   * A listener that serves the resource behind the guard. Never rejects: what a handler throws goes to `onFault` of the
   * resource, and the answer is 500, or breaks off where it had begun.
   *
   * @param elsewhere - serves requests that are about something else. @defaultValue none pass without a token
   */
  wrap(
    handler: (request: IncomingMessage, response: ServerResponse, admitted: AdmittedNode) => void | Promise<void>,
    elsewhere?: (request: IncomingMessage, response: ServerResponse) => void | Promise<void>,
  ): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/**
 * The guard for Node's own servers.
 *
 * @example
 * ```ts
 * const guard = nodeGuard(resource);
 * createServer(guard.wrap((request, response, { body }) => transport.handleRequest(request, response, body)));
 * ```
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function nodeGuard(resource: GuardedResource, options: GuardOptions<IncomingMessage> = {}): NodeGuard {
  checkGuarded('nodeGuard', resource);
  async function decide(
    request: IncomingMessage,
    response: ServerResponse,
    context: RequestContext | undefined,
  ): Promise<AdmittedNode | undefined> {
    const admission = await resource.admit(presentNodeRequest(request, request.url ?? '/', true, context));
    if (admission.outcome === 'answered') {
      sendNodeResponse(request, response, admission.response);
      return undefined;
    }
    // Cannot come, since the request was said to be for the resource; and if it did, nobody gets in by it.
    if (admission.outcome === 'elsewhere') {
      response.writeHead(404).end();
      return undefined;
    }
    const { caller, headers } = admission;
    setAnswerHeaders(response, headers);
    const authInfo = toAuthInfo(caller, admission.accessToken);
    const admit = (body: JsonValue | undefined): AdmittedNode => {
      (request as IncomingMessage & { auth?: AuthInfo }).auth = authInfo;
      return { caller, authInfo, body };
    };
    if (!admission.needsBody) return admit(undefined);
    const reading = await readNodeBody(request);
    if (reading === undefined) return undefined;
    const refusal = reading.ok ? admission.authorize(reading.value) : admission.refuseBody(reading.failure);
    if (refusal !== undefined) {
      sendNodeResponse(request, response, refusal);
      return undefined;
    }
    return admit(reading.ok ? reading.value : undefined);
  }

  const guard = async (request: IncomingMessage, response: ServerResponse): Promise<AdmittedNode | undefined> =>
    decide(request, response, options.describe?.(request));

  return Object.assign(guard, {
    wrap: ((handler, elsewhere) => async (request, response) => {
      let context: RequestContext | undefined;
      try {
        context = options.describe?.(request);
        if (elsewhere !== undefined && !resource.covers(request.url ?? '/', request.method))
          return await elsewhere(request, response);
        const admitted = await decide(request, response, context);
        if (admitted !== undefined) await handler(request, response, admitted);
      } catch (error) {
        resource.reportFault(error, context?.correlationId);
        failNodeResponse(request, response);
      }
    }) satisfies NodeGuard['wrap'],
  });
}
