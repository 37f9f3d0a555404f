import type { WholeResponse } from '@portcullis/ports';
import { type AuthInfo, toAuthInfo } from '../adapters/auth-info.js';
import { readParsedBody } from '../adapters/body.js';
import { checkGuarded } from '../adapters/check-guarded.js';
import type { GuardOptions } from '../adapters/guard-options.js';
import {
  joinVary,
  type NodeRequest,
  type NodeResponse,
  presentNodeRequest,
  setAnswerHeaders,
} from '../adapters/node-http.js';
import type { Caller } from '../caller.js';
import type { AdmittedRequest, GuardedResource } from '../resource/protected-resource.js';

/** The parts of a Fastify instance that are used. */
export interface FastifyLike {
  readonly prefix: string;
  hasRequestDecorator(name: string): boolean;
  decorateRequest(name: never, value?: never): unknown;
  addHook(name: never, hook: never): unknown;
}

/** What `app.register` takes. */
export type FastifyPlugin = (instance: FastifyLike, options: unknown, done: (error?: Error) => void) => void;

/** The parts of a Fastify request that are used. */
export interface FastifyRequestLike {
  readonly id: string;
  /** The client's address, by `trustProxy`. */
  readonly ip: string;
  readonly raw: NodeRequest;
  readonly originalUrl: string;
  readonly routeOptions: { readonly url?: string | undefined };
  readonly body?: unknown;
  auth: AuthInfo | null;
  caller: Caller | null;
}

/** The parts of a Fastify reply that are used. */
export interface FastifyReplyLike {
  readonly raw: NodeResponse;
  code(status: number): unknown;
  getHeader(name: string): number | string | readonly string[] | undefined;
  header(name: string, value: string): unknown;
  headers(headers: Readonly<Record<string, string>>): unknown;
  send(body?: string): unknown;
}

/**
 * A Fastify plugin, for `app.register(fastifyGuard(resource))`. Serves the metadata, sets `request.auth` (the SDKs' words)
 * and `request.caller`, which `GuardedRequest` has for TypeScript and `callerOfRequest` finds; both are null on requests
 * that it left alone, and until the body is decided on where it decides. The transports of SDK v1 find the first on
 * `request.raw` too: `transport.handleRequest(request.raw, reply.raw, request.body)`.
 *
 * Fastify runs it for what is registered after it: register it first. For the whole application it leaves requests alone
 * that are about something else, by the path of `resource` or by `path`: behind a proxy that changes paths, one of them has
 * to be what Fastify sees. Registered within a prefix, it takes all that come there for the resource; the metadata lie
 * outside of it, so register {@link fastifyMetadata} for the whole application then. A tool's scopes are looked at once
 * Fastify has parsed the body, within its `bodyLimit` (1 MiB unless you say otherwise, and its own 413 beyond that): a route
 * that leaves the body unparsed gets none of the requests whose body decides, and none without a body.
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function fastifyGuard<Request = FastifyRequestLike>(
  resource: GuardedResource,
  options: GuardOptions<Request> = {},
): FastifyPlugin {
  checkGuarded('fastifyGuard', resource);
  const admissions = new WeakMap<FastifyRequestLike, AdmittedRequest>();

  function plugin(instance: FastifyLike, _options: unknown, done: (error?: Error) => void): void {
    const isMounted = instance.prefix !== '';

    /** Before the body is read. Hooks run where there is no route as well, so the metadata need none. */
    async function onRequest(request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> {
      const { raw, originalUrl } = request;
      const isForResource =
        isMounted ||
        (raw.url !== originalUrl && resource.covers(raw.url ?? '/', raw.method)) ||
        resource.covers(request.routeOptions.url ?? '*', raw.method);
      const context = options.describe?.(request as Request);
      const admission = await resource.admit(presentNodeRequest(raw, originalUrl, isForResource, context));
      if (admission.outcome === 'answered') return sendFastifyReply(reply, admission.response);
      if (admission.outcome === 'elsewhere') return undefined;
      // On the response itself: transports that hijack the reply never see Fastify's own headers.
      setAnswerHeaders(reply.raw, admission.headers);
      // And on Fastify's own, which would take the place of this one.
      const { vary } = admission.headers;
      if (vary !== undefined) reply.header('vary', joinVary(reply.getHeader('vary'), vary));
      if (admission.needsBody) admissions.set(request, admission);
      else letIn(request, admission);
      return undefined;
    }

    async function preValidation(request: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> {
      const admitted = admissions.get(request);
      if (admitted === undefined) return undefined;
      const { body, raw } = request;
      // Nothing was parsed, or something was made up: whoever reads the request later would see another body.
      if (body === undefined || body === null || !raw.readableEnded) {
        return sendFastifyReply(reply, admitted.refuseBody('body_unreadable'));
      }
      const reading = readParsedBody(body, raw.headers['content-type']);
      const refusal = reading.ok ? admitted.authorize(reading.value) : admitted.refuseBody(reading.failure);
      if (refusal !== undefined) return sendFastifyReply(reply, refusal);
      letIn(request, admitted);
      return undefined;
    }

    // There may be several guards, each of a resource of its own.
    for (const name of ['auth', 'caller']) {
      if (!instance.hasRequestDecorator(name)) instance.decorateRequest(name as never, null as never);
    }
    instance.addHook('onRequest' as never, onRequest as never);
    instance.addHook('preValidation' as never, preValidation as never);
    done();
  }

  return asWide(plugin);
}

/** As `fastify-plugin` does it: the hooks are for whoever registers the plugin, not for a scope of its own. */
export function asWide(plugin: FastifyPlugin): FastifyPlugin {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: '@portcullis/resource-server',
  });
}

function letIn(request: FastifyRequestLike, { caller, accessToken }: AdmittedRequest): void {
  const auth = toAuthInfo(caller, accessToken);
  request.auth = auth;
  request.caller = caller;
  // On Node's own request as well: that is what the transports of the SDKs are given, and where they look.
  Object.assign(request.raw, { auth });
}

/** Sends an answer whole. */
export function sendFastifyReply(reply: FastifyReplyLike, answer: WholeResponse): unknown {
  reply.code(answer.status);
  const { vary, ...headers } = answer.headers;
  reply.headers(headers);
  if (vary !== undefined) reply.header('vary', joinVary(reply.getHeader('vary'), vary));
  return answer.body === '' ? reply.send() : reply.send(answer.body);
}
