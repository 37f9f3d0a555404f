import type { IncomingMessage, ServerResponse } from 'node:http';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import { type Admission, Admissions } from './endpoint/admission.js';
import { checkPolicy } from './endpoint/authorization.js';
import { Challenges } from './endpoint/challenges.js';
import { Exchange, isRequestOf, presentedSessionId } from './endpoint/exchange.js';
import { HttpReply } from './endpoint/http-reply.js';
import { readJsonRpcBody } from './endpoint/json-rpc-body.js';
import { openSession } from './endpoint/known-callers.js';
import { OpenExchanges } from './endpoint/open-exchanges.js';
import {
  type McpEndpointOptions,
  type McpEndpointPorts,
  type McpEndpointSettings,
  type McpRequestContext,
  resolveSettings,
} from './endpoint/options.js';
import { allowOrigin, answerOptions, checkOrigin } from './endpoint/origin.js';
import {
  BLIND,
  CALL_TIMEOUT,
  DRAINING,
  flooded,
  INTERNAL,
  METHOD_NOT_ALLOWED,
  SESSION_NOT_FOUND,
} from './endpoint/own-refusals.js';
import type { Refusal } from './endpoint/refusal.js';
import { checkNoBody } from './endpoint/request-body.js';
import { checkRevision, eraOfHeaders } from './endpoint/revision.js';
import { createSessionSealer, type SessionSealer } from './endpoint/sealed-session.js';
import { checkSingleHeaders } from './endpoint/single-headers.js';
import { Trail } from './endpoint/trail.js';
import type { McpCall } from './upstream/upstream.js';

/** The MCP endpoint of one protected resource. */
export interface McpEndpoint {
  /** Answers one request; never throws. The host has matched the path, and nothing of it reaches the upstream. */
  handle(request: IncomingMessage, response: ServerResponse, context: McpRequestContext): void;
  /**
   * Answers a request that the host turns away because too many come from its network, so that a client in a browser can read
   * when to come again; then ends the connection. A preflight of an allowed origin it lets pass. Records nothing, and looks at
   * nothing but `Origin`. Never throws.
   */
  refuseFlood(request: IncomingMessage, response: ServerResponse, retryAfterSeconds: number): void;
  /** Refuses what is new, ends standing streams, lets calls finish for up to `graceMilliseconds`, ends the rest. */
  drain(graceMilliseconds: number): Promise<void>;
}

/**
 * Builds the guarded MCP endpoint (MCP Streamable HTTP, all revisions; MCP Authorization).
 *
 * A request passes, in this order: method, `Origin`, access token and proof of its key, rate limit, that the proof is new,
 * body, JSON-RPC, revision and mirrored headers, policy, session. Only then does the upstream hear of it, and of the access
 * token never. Each refusal and each admission is one event.
 *
 * Does not check `Host`, the path, or how fast headers arrive: those are the host's.
 *
 * @throws {RangeError | TypeError} when an option makes no sense
 */
export function createMcpEndpoint(ports: McpEndpointPorts, options: McpEndpointOptions): McpEndpoint {
  return new Endpoint(ports, resolveSettings(options, ports), options.sessionSecret);
}

class Endpoint implements McpEndpoint {
  readonly #ports: McpEndpointPorts;
  readonly #settings: McpEndpointSettings;
  readonly #challenges: Challenges;
  readonly #admissions: Admissions;
  readonly #sessions: SessionSealer;
  readonly #trail: Trail;
  readonly #open: OpenExchanges;
  #draining = false;

  constructor(ports: McpEndpointPorts, settings: McpEndpointSettings, sessionSecret: Uint8Array) {
    this.#ports = ports;
    this.#settings = settings;
    this.#challenges = new Challenges(settings);
    this.#admissions = new Admissions(ports, settings, this.#challenges);
    this.#sessions = createSessionSealer(sessionSecret, settings.resource, ports.platform.random);
    this.#trail = new Trail(ports.audit, ports.platform.clock, settings);
    this.#open = new OpenExchanges({
      clock: ports.platform.clock,
      revocations: ports.revocations,
      onTimeout: ({ reply, context, accessToken }) => {
        this.#trail.refused(CALL_TIMEOUT, context, accessToken);
        reply.cut(CALL_TIMEOUT);
      },
      onRevoked: ({ reply, context, accessToken }) => {
        const refusal = this.#challenges.revoked(accessToken);
        this.#trail.refused(refusal, context, accessToken);
        reply.cut(refusal);
      },
      onCallerRevoked: (caller) => settings.upstream.dropCaller(caller),
    });
  }

  handle(request: IncomingMessage, response: ServerResponse, context: McpRequestContext): void {
    const reply = new HttpReply(request, response, this.#settings.bodyIdleMilliseconds);
    this.#answer(request, response, context, reply).catch((error: unknown) => {
      this.#ports.onFault?.(error, context.correlationId);
      this.#trail.refused(INTERNAL, context, undefined);
      reply.cut(INTERNAL);
    });
  }

  refuseFlood(request: IncomingMessage, response: ServerResponse, retryAfterSeconds: number): void {
    const origin = checkOrigin(request, this.#settings);
    if (origin.ok && origin.value !== undefined) {
      allowOrigin(response, origin.value);
      // Refused, it would keep from the script what the request itself is answered.
      if (request.method === 'OPTIONS') {
        response.setHeader('connection', 'close');
        answerOptions(request, response, origin.value);
        return;
      }
    }
    new HttpReply(request, response, this.#settings.bodyIdleMilliseconds).refuse(flooded(retryAfterSeconds));
  }

  async drain(graceMilliseconds: number): Promise<void> {
    this.#draining = true;
    await this.#open.drain(graceMilliseconds);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    context: McpRequestContext,
    reply: HttpReply,
  ): Promise<void> {
    const { method } = request;
    if (method !== 'POST' && method !== 'GET' && method !== 'DELETE' && method !== 'OPTIONS') {
      return this.#refuse(reply, METHOD_NOT_ALLOWED, context);
    }
    const origin = checkOrigin(request, this.#settings);
    if (!origin.ok) return this.#refuse(reply, origin.failure, context);
    if (origin.value !== undefined) allowOrigin(response, origin.value);
    if (method === 'OPTIONS') return answerOptions(request, response, origin.value);
    if (this.#draining) return this.#refuse(reply, DRAINING, context);

    const admission = await this.#admissions.admit(request, response, context);
    if ('refusal' in admission) return this.#refuse(reply, admission.refusal, context, admission.accessToken);
    const single = checkSingleHeaders(request.rawHeaders);
    if (!single.ok) return this.#refuse(reply, single.failure, context, admission.accessToken);
    if (method === 'POST') await this.#post(request, admission, reply);
    else this.#withoutBody(method, request, admission, reply);
  }

  async #post(request: IncomingMessage, admission: Admission, reply: HttpReply): Promise<void> {
    const { context, accessToken } = admission;
    const read = await readJsonRpcBody(request, this.#settings);
    if (read === undefined) return;
    if (!read.ok) return this.#refuse(reply, read.failure, context, accessToken);
    const { payload, body } = read.value;
    if (payload.kind === 'single' && payload.message.body.kind === 'request') {
      reply.requestId = payload.message.body.id;
    }
    const era = checkRevision(request.headers, payload);
    if (!era.ok) return this.#refuse(reply, era.failure, context, accessToken);
    const isStanding = isRequestOf(payload, 'subscriptions/listen');
    if ((isStanding || isRequestOf(payload, 'initialize')) && this.#ports.revocations.isBlind()) {
      return this.#refuse(reply, BLIND, context, accessToken);
    }
    // A batch is as many requests as it holds; the first was counted before the body was read.
    const excess =
      payload.kind === 'batch' ? await this.#admissions.countMore(payload.messages.length - 1, admission) : undefined;
    if (excess !== undefined) return this.#refuse(reply, excess, context, accessToken);
    const denial = checkPolicy(payload, accessToken, era.value, this.#settings, this.#challenges);
    if (denial !== undefined) return this.#refuse(reply, denial, context, accessToken);
    this.#exchange('POST', request, admission, reply, { payload, body, era: era.value, isStanding });
  }

  #withoutBody(method: 'GET' | 'DELETE', request: IncomingMessage, admission: Admission, reply: HttpReply): undefined {
    const { context, accessToken } = admission;
    const empty = checkNoBody(request);
    if (!empty.ok) return this.#refuse(reply, empty.failure, context, accessToken);
    const isStanding = method === 'GET';
    if (isStanding && this.#ports.revocations.isBlind()) return this.#refuse(reply, BLIND, context, accessToken);
    const era = eraOfHeaders(request.headers);
    this.#exchange(method, request, admission, reply, { payload: undefined, body: undefined, era, isStanding });
  }

  #exchange(
    httpMethod: McpCall['httpMethod'],
    request: IncomingMessage,
    { context, accessToken, known }: Admission,
    reply: HttpReply,
    found: Pick<McpCall, 'payload' | 'body' | 'era'> & { readonly isStanding: boolean },
  ): undefined {
    if (reply.closed) return;
    // The body took its time: the gate may have begun to close, or the token may have been revoked meanwhile.
    if (this.#draining) return this.#refuse(reply, DRAINING, context, accessToken);
    if (this.#ports.revocations.isRevoked(accessToken)) {
      return this.#refuse(reply, this.#challenges.revoked(accessToken), context, accessToken);
    }
    const { payload, body, era, isStanding } = found;
    const presented = presentedSessionId(request.headers, era);
    const session = presented === undefined ? undefined : openSession(this.#sessions, presented, known);
    if (presented !== undefined && session === undefined) {
      return this.#refuse(reply, SESSION_NOT_FOUND, context, accessToken);
    }
    const exchange = new Exchange(this.#settings, this.#trail, this.#sessions, {
      reply,
      caller: known.caller,
      accessToken,
      context,
      era,
      isStanding,
      session,
      now: this.#ports.platform.clock.nowEpochSeconds(),
    });
    reply.attach(exchange);
    this.#open.add(exchange);
    this.#trail.allowed({ httpMethod, payload }, context, accessToken);
    this.#settings.upstream.exchange(
      {
        caller: known.caller,
        httpMethod,
        payload,
        body,
        era,
        sessionId: session?.sessionId,
        headers: request.headers,
        accessTokenExpiresAtEpochSeconds: accessToken.expiresAtEpochSeconds,
        correlationId: context.correlationId,
      },
      reply,
    );
  }

  #refuse(
    reply: HttpReply,
    refusal: Refusal,
    context: McpRequestContext,
    accessToken?: VerifiedAccessToken,
  ): undefined {
    this.#trail.refused(refusal, context, accessToken);
    reply.refuse(refusal);
  }
}
