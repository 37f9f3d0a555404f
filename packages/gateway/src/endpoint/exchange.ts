import type { IncomingHttpHeaders } from 'node:http';
import type { EpochSeconds, JsonRpcPayload } from '@portcullis/protocol';
import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { VerifiedAccessToken } from '@portcullis/resource-server';
import type { Caller } from '../upstream/upstream.js';
import type { HttpReply, HttpReplyHooks } from './http-reply.js';
import type { PresentedSession } from './known-callers.js';
import type { OpenExchange } from './open-exchanges.js';
import type { McpEndpointSettings, McpRequestContext } from './options.js';
import type { Era } from './revision.js';
import type { SessionSealer } from './sealed-session.js';
import type { Trail } from './trail.js';

/** A request that passed every check, as it goes to the upstream. */
export interface ExchangeFacts {
  readonly reply: HttpReply;
  readonly caller: Caller;
  readonly accessToken: VerifiedAccessToken;
  readonly context: McpRequestContext;
  readonly era: Era;
  readonly isStanding: boolean;
  /** The session id as the client presented it, and the upstream's own inside. */
  readonly session: PresentedSession | undefined;
  readonly now: EpochSeconds;
}

/** What the gate still has to do for a request once the upstream has it. */
export class Exchange implements OpenExchange, HttpReplyHooks {
  readonly reply: HttpReply;
  readonly caller: Caller;
  readonly accessToken: VerifiedAccessToken;
  readonly context: McpRequestContext;
  readonly isStanding: boolean;
  readonly endsAtEpochSeconds: EpochSeconds;
  readonly #era: Era;
  readonly #session: PresentedSession | undefined;
  readonly #sessions: SessionSealer;
  readonly #trail: Trail;

  constructor(settings: McpEndpointSettings, trail: Trail, sessions: SessionSealer, facts: ExchangeFacts) {
    this.reply = facts.reply;
    this.caller = facts.caller;
    this.accessToken = facts.accessToken;
    this.context = facts.context;
    this.isStanding = facts.isStanding;
    this.#era = facts.era;
    this.#session = facts.session;
    this.#sessions = sessions;
    this.#trail = trail;
    this.endsAtEpochSeconds = facts.isStanding
      ? facts.accessToken.expiresAtEpochSeconds + settings.standingStreamGraceSeconds
      : facts.now + settings.callTimeoutSeconds;
  }

  /** The same sealed id as long as the session is the same, so that a client sees one id per session. */
  presentSessionId(sessionId: string): string | undefined {
    // Since 2026-07-28 there are no sessions; an id must then be neither minted nor echoed.
    if (this.#era === 'modern') return undefined;
    if (sessionId === this.#session?.sessionId) return this.#session.presented;
    const sealed = this.#sessions.seal(sessionId, this.caller);
    if (sealed === undefined) this.onFailure(502, JSON_RPC_ERRORS.serverError, 'session_id_too_long');
    return sealed;
  }

  onFailure(status: number, code: number, reason: string): void {
    const details = { reason, httpStatus: status };
    if (status >= 500) this.#trail.record('upstream.failed', 'failed', this.context, this.accessToken, details);
    else {
      const event = code === JSON_RPC_ERRORS.sessionNotFound ? 'session.refused' : 'request.refused';
      this.#trail.record(event, 'refused', this.context, this.accessToken, details);
    }
  }
}

/** The sealed session id a client of a revision with sessions sent. */
export function presentedSessionId(headers: IncomingHttpHeaders, era: Era): string | undefined {
  const value = headers['mcp-session-id'];
  return era === 'legacy' && typeof value === 'string' ? value : undefined;
}

/** Whether the payload has a request of this method. */
export function isRequestOf(payload: JsonRpcPayload, method: string): boolean {
  if (payload.kind === 'batch')
    return payload.messages.some(({ body }) => body.kind === 'request' && body.method === method);
  const { body } = payload.message;
  return body.kind === 'request' && body.method === method;
}
