import type { IncomingMessage, ServerResponse } from 'node:http';
import { JSON_RPC_ERRORS, type JsonRpcPayload, parseJsonRpc } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import { Authenticator } from './endpoint/authentication.js';
import { checkPolicy } from './endpoint/authorization.js';
import { CallerLimit } from './endpoint/caller-limit.js';
import { Challenges } from './endpoint/challenges.js';
import { Exchange, isRequestOf, presentedSessionId } from './endpoint/exchange.js';
import { HttpReply } from './endpoint/http-reply.js';
import { type KnownCaller, KnownCallers, type PresentedSession } from './endpoint/known-callers.js';
import { OpenExchanges } from './endpoint/open-exchanges.js';
import {
  type McpEndpointOptions,
  type McpEndpointPorts,
  type McpEndpointSettings,
  type McpRequestContext,
  resolveSettings,
} from './endpoint/options.js';
import { allowOrigin, answerOptions, checkOrigin } from './endpoint/origin.js';
import { badRequest, type Refusal, unavailable } from './endpoint/refusal.js';
import { checkMediaType, checkNoBody, readBody } from './endpoint/request-body.js';
import { checkRevision, eraOfHeaders } from './endpoint/revision.js';
import { createSessionSealer, type SessionSealer } from './endpoint/sealed-session.js';
import { checkSingleHeaders } from './endpoint/single-headers.js';
import { Trail } from './endpoint/trail.js';
import type { McpCall } from './upstream/upstream.js';

/** The MCP endpoint of one protected resource. */
export interface McpEndpoint {
  /** Answers one request; never throws. The host has matched the path, and nothing of it reaches the upstream. */
  handle(request: IncomingMessage, response: ServerResponse, context: McpRequestContext): void;
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

/** A request that may go to the upstream, as far as is known. */
interface Admission {
  readonly context: McpRequestContext;
  readonly accessToken: VerifiedAccessToken;
  readonly known: KnownCaller;
}

const METHOD_NOT_ALLOWED = badRequest(405, JSON_RPC_ERRORS.invalidRequest, 'Method not allowed', 'http_method', {
  headers: { allow: 'GET, POST, DELETE, OPTIONS' },
}).failure;
const DRAINING: Refusal = { ...unavailable('The gate is closing', 'draining', 5), closeConnection: true };
const BLIND = unavailable('Nothing new can be opened right now', 'revocation_blind', 5);
const SESSION_NOT_FOUND: Refusal = {
  status: 404,
  code: JSON_RPC_ERRORS.sessionNotFound,
  message: 'Session not found',
  event: 'session.refused',
  reason: 'not_this_callers_session',
};
const CALL_TIMEOUT: Refusal = {
  status: 504,
  code: JSON_RPC_ERRORS.serverError,
  message: 'The server behind the gate took too long',
  event: 'upstream.failed',
  reason: 'call_timeout',
};
const INTERNAL: Refusal = {
  status: 500,
  code: JSON_RPC_ERRORS.internalError,
  message: 'Internal error',
  event: 'request.refused',
  reason: 'internal_error',
};

class Endpoint implements McpEndpoint {
  readonly #ports: McpEndpointPorts;
  readonly #settings: McpEndpointSettings;
  readonly #challenges: Challenges;
  readonly #authenticator: Authenticator;
  readonly #sessions: SessionSealer;
  readonly #trail: Trail;
  readonly #callers: KnownCallers;
  readonly #open: OpenExchanges;
  readonly #limit: CallerLimit;
  #draining = false;

  constructor(ports: McpEndpointPorts, settings: McpEndpointSettings, sessionSecret: Uint8Array) {
    this.#ports = ports;
    this.#settings = settings;
    this.#challenges = new Challenges(settings);
    this.#authenticator = new Authenticator(ports, settings, this.#challenges);
    this.#limit = new CallerLimit(ports.rateLimiter, settings.rateLimit);
    this.#callers = new KnownCallers(settings.tenantId);
    this.#sessions = createSessionSealer(sessionSecret, settings.resource, ports.platform.random);
    this.#trail = new Trail(ports.audit, ports.platform.clock, settings);
    this.#open = new OpenExchanges({
      clock: ports.platform.clock,
      revocations: ports.revocations,
      onTimeout: ({ reply, context, accessToken }) => {
        this.#record(CALL_TIMEOUT, context, accessToken);
        reply.cut(CALL_TIMEOUT);
      },
      onRevoked: ({ reply, context, accessToken }) => {
        const refusal = this.#challenges.revoked(accessToken);
        this.#record(refusal, context, accessToken);
        reply.cut(refusal);
      },
      onCallerRevoked: (caller) => settings.upstream.dropCaller(caller),
    });
  }

  handle(request: IncomingMessage, response: ServerResponse, context: McpRequestContext): void {
    const reply = new HttpReply(request, response, this.#settings.bodyIdleMilliseconds);
    this.#answer(request, response, context, reply).catch((error: unknown) => {
      this.#ports.onFault?.(error, context.correlationId);
      this.#record(INTERNAL, context, undefined);
      reply.cut(INTERNAL);
    });
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

    const admission = await this.#admit(request, response, context, reply);
    if (admission === undefined) return;
    const single = checkSingleHeaders(request.rawHeaders);
    if (!single.ok) return this.#refuse(reply, single.failure, context, admission.accessToken);
    if (method === 'POST') await this.#post(request, admission, reply);
    else this.#withoutBody(method, request, admission, reply);
  }

  /** Who asks, and whether they ask too often. Undefined when the request was answered. */
  async #admit(
    request: IncomingMessage,
    response: ServerResponse,
    context: McpRequestContext,
    reply: HttpReply,
  ): Promise<Admission | undefined> {
    const outcome = this.#authenticator.authenticate(request);
    const verified = outcome instanceof Promise ? await outcome : outcome;
    if (!verified.ok) return this.#refuse(reply, verified.failure, context, verified.accessToken);
    const { value: accessToken, proof } = verified;
    if (this.#settings.whenBlind === 'refuse' && this.#ports.revocations.isBlind()) {
      return this.#refuse(reply, BLIND, context, accessToken);
    }
    const known = this.#callers.of(accessToken);
    if (proof !== undefined) {
      // Looked at and not counted: whoever has caught a proof that was used spends nothing of its caller's limit by it.
      const full = await this.#limit.peek(known.key);
      if (full !== undefined) return this.#refuse(reply, full, context, accessToken);
      const replayed = await this.#authenticator.useUp(proof, context.correlationId);
      if (replayed !== undefined) return this.#refuse(reply, replayed, context, accessToken);
      if (proof.newerNonce !== undefined) response.setHeader('dpop-nonce', proof.newerNonce);
    }
    const excess = await this.#limit.take(1, known.key);
    if (excess !== undefined) return this.#refuse(reply, excess, context, accessToken);
    return { context, accessToken, known };
  }

  async #post(request: IncomingMessage, admission: Admission, reply: HttpReply): Promise<void> {
    const { context, accessToken } = admission;
    const media = checkMediaType(request);
    if (!media.ok) return this.#refuse(reply, media.failure, context, accessToken);
    const body = await readBody(request, this.#settings);
    if (body === undefined) return;
    if (!body.ok) return this.#refuse(reply, body.failure, context, accessToken);
    const parsed = parseJsonRpc(body.value);
    if (!parsed.ok) {
      const { code, reason } = parsed.failure;
      const words = code === JSON_RPC_ERRORS.parseError ? 'Parse error' : 'Invalid request';
      return this.#refuse(reply, badRequest(400, code, words, reason).failure, context, accessToken);
    }
    const payload = parsed.value;
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
      payload.kind === 'batch' ? await this.#limit.take(payload.messages.length - 1, admission.known.key) : undefined;
    if (excess !== undefined) return this.#refuse(reply, excess, context, accessToken);
    const denial = checkPolicy(payload, accessToken, era.value, this.#settings, this.#challenges);
    if (denial !== undefined) return this.#refuse(reply, denial, context, accessToken);
    this.#exchange('POST', request, admission, reply, { payload, body: body.value, era: era.value, isStanding });
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
    const session = presented === undefined ? undefined : this.#openSession(presented, known);
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
    this.#recordAllowed(httpMethod, payload, context, accessToken);
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

  /** The session of a sealed id, if it is this caller's. */
  #openSession(presented: string, known: KnownCaller): PresentedSession | undefined {
    if (known.lastSession?.presented === presented) return known.lastSession;
    const sessionId = this.#sessions.open(presented, known.caller);
    if (sessionId === undefined) return undefined;
    known.lastSession = { presented, sessionId };
    return known.lastSession;
  }

  #recordAllowed(
    httpMethod: McpCall['httpMethod'],
    payload: JsonRpcPayload | undefined,
    context: McpRequestContext,
    accessToken: VerifiedAccessToken,
  ): void {
    if (payload === undefined) {
      this.#trail.record('mcp.request_allowed', 'allowed', context, accessToken, { method: httpMethod });
      return;
    }
    const messages = payload.kind === 'single' ? [payload.message] : payload.messages;
    for (const { body } of messages) {
      const target = this.#settings.policy.targetOf(body);
      const method = body.kind === 'response' ? 'response' : body.method;
      const details = target === undefined ? { method } : { method, target };
      this.#trail.record('mcp.request_allowed', 'allowed', context, accessToken, details);
    }
  }

  #refuse(
    reply: HttpReply,
    refusal: Refusal,
    context: McpRequestContext,
    accessToken?: VerifiedAccessToken,
  ): undefined {
    this.#record(refusal, context, accessToken);
    reply.refuse(refusal);
  }

  #record(refusal: Refusal, context: McpRequestContext, accessToken: VerifiedAccessToken | undefined): void {
    const outcome = refusal.status >= 500 ? 'failed' : 'refused';
    const details = { reason: refusal.reason, httpStatus: refusal.status, ...refusal.details };
    this.#trail.record(refusal.event, outcome, context, accessToken, details);
  }
}
