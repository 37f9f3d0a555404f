import { formatJsonRpcError, JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { Caller, McpCall, Reply, Upstream } from '../upstream/upstream.js';
import { parseAnswerForms } from './accept.js';
import { FAILURES } from './failures.js';
import { Pool } from './pool.js';
import { refuse } from './post.js';
import { resolveSettings, type StdioUpstreamOptions } from './settings.js';
import type { StdioUpstreamPorts } from './trail.js';

/** An {@link Upstream} whose server the gate runs itself. */
export interface StdioUpstream extends Upstream {
  /** Server processes that have not ended yet. */
  processCount(): number;
}

/**
 * Puts a stdio MCP server behind Streamable HTTP: one process per session for the 2025 revisions, one per caller for
 * 2026-07-28 and later.
 *
 * Each request travels under an id and a progress token of the gate's own; a message that maps to no open request of its
 * caller goes to nobody. A server that cannot be started, crashes or stays silent is an error answer, never an
 * exception. Does not check the caller's right to call: the endpoint has done so.
 *
 * @throws {RangeError} when a limit or a time is not greater than 0.
 */
export function createStdioUpstream(ports: StdioUpstreamPorts, options: StdioUpstreamOptions): StdioUpstream {
  const pool = new Pool(ports, resolveSettings(options));
  return {
    exchange: (call, reply) =>
      call.era === 'modern' ? exchangeModern(pool, call, reply) : exchangeLegacy(pool, call, reply),
    dropCaller: (caller: Caller) => pool.dropCaller(caller),
    close: (graceMilliseconds) => pool.close(graceMilliseconds),
    processCount: () => pool.processCount,
  };
}

/** MCP 2026-07-28, Streamable HTTP: POST only, one request or notification each, no sessions. */
function exchangeModern(pool: Pool, call: McpCall, reply: Reply): void {
  if (call.httpMethod !== 'POST') {
    const error = formatJsonRpcError(null, JSON_RPC_ERRORS.serverError, 'Method not allowed');
    reply.send(405, { allow: 'POST', 'content-type': 'application/json' }, error);
    return;
  }
  const { payload } = call;
  if (payload?.kind !== 'single' || payload.message.body.kind === 'response') {
    refuse(reply, FAILURES.notModern);
    return;
  }
  const shared = pool.sharedProcess(call.caller, call.correlationId);
  if (shared.ok) shared.value.post(payload, parseAnswerForms(call.headers), reply);
  else refuse(reply, shared.failure);
}

/** MCP 2025-11-25 and before, Streamable HTTP, Session Management. */
function exchangeLegacy(pool: Pool, call: McpCall, reply: Reply): void {
  const forms = parseAnswerForms(call.headers);
  const { payload, sessionId } = call;
  if (sessionId === undefined) {
    if (payload?.kind !== 'single' || !isInitialize(payload.message.body)) {
      refuse(reply, FAILURES.sessionMissing);
      return;
    }
    const opened = pool.openSession(call.caller, call.correlationId);
    if (opened.ok) opened.value.post(payload, forms, reply);
    else refuse(reply, opened.failure);
    return;
  }
  const session = pool.findSession(call.caller, sessionId);
  if (session === undefined) {
    refuse(reply, FAILURES.sessionNotFound);
  } else if (call.httpMethod === 'DELETE') {
    session.end('session_deleted');
    reply.send(204, {}, '');
  } else if (call.httpMethod === 'GET') {
    if (forms.eventStream) session.openStandingStream(reply);
    else refuse(reply, FAILURES.noEventStream);
  } else if (payload !== undefined) {
    session.post(payload, forms, reply);
  }
}

function isInitialize(body: { readonly kind: string; readonly method?: string }): boolean {
  return body.kind === 'request' && body.method === 'initialize';
}
