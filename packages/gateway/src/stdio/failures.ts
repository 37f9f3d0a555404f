import { JSON_RPC_ERRORS, type JsonRpcRequest } from '@portcullis/protocol';
import type { RequestFailure } from './answer.js';
import type { ProcessEnd } from './server-process.js';

const { serverError, sessionNotFound, methodNotFound, invalidRequest } = JSON_RPC_ERRORS;

/** What the gate itself may answer. Messages are for the client and tell nothing of the machine behind. */
export const FAILURES = {
  closing: failure(503, serverError, 'The gate is closing', 'gate_closing'),
  callerLimit: (most: number) =>
    failure(503, serverError, `You already run ${most} server processes, the most one caller may`, 'caller_limit'),
  totalLimit: (most: number) =>
    failure(503, serverError, `The gate already runs ${most} server processes, the most it may`, 'total_limit'),
  notReading: failure(503, serverError, 'The server does not read its input fast enough', 'server_not_reading'),
  timeout: failure(504, serverError, 'The server did not answer in time', 'call_timeout'),
  unreadable: failure(502, serverError, 'The server gave an answer that is no valid JSON-RPC', 'answer_not_json_rpc'),
  sessionNotFound: failure(404, sessionNotFound, 'Session not found', 'session_not_found'),
  sessionMissing: failure(400, serverError, 'Mcp-Session-Id header is required', 'session_id_missing'),
  noEventStream: failure(406, serverError, 'Accept must list text/event-stream', 'event_stream_not_accepted'),
  notModern: failure(400, invalidRequest, 'A POST holds one request or one notification', 'not_a_single_call'),
  legacyServer: failure(404, methodNotFound, 'The server does not know server/discover', 'legacy_server'),
} as const;

/** The failure of a request whose process ended before it answered. */
export function failureOfEnd(end: ProcessEnd): RequestFailure {
  switch (end.kind) {
    case 'not_started':
      return failure(502, serverError, 'The server could not be started', 'upstream_not_started');
    case 'exited':
      return failure(502, serverError, 'The server ended before it answered', 'upstream_crashed');
    case 'stopped':
      switch (end.reason) {
        case 'line_too_long':
          return failure(502, serverError, 'The server gave an answer that is too long', 'upstream_line_too_long');
        case 'output_closed':
          return failure(502, serverError, 'The server ended before it answered', 'upstream_output_closed');
        default:
          return failure(503, serverError, 'The server process was ended', `upstream_${end.reason}`);
      }
  }
}

/**
 * Turns a failure to answer `server/discover` into what it means on HTTP.
 *
 * Many servers of the 2025 revisions leave or stay silent when their first message is not `initialize`, and a client
 * that speaks to them over stdio then falls back (MCP 2026-07-28, stdio, Backward Compatibility). Over HTTP a client
 * falls back on a 4xx only, so such a server is answered for as what it is: one that lacks the method.
 */
export function asAnsweredOverHttp(request: JsonRpcRequest, found: RequestFailure): RequestFailure {
  const silent = ['call_timeout', 'upstream_crashed', 'upstream_output_closed'].includes(found.reason);
  return request.method === 'server/discover' && silent ? FAILURES.legacyServer : found;
}

function failure(httpStatus: number, code: number, message: string, reason: string): RequestFailure {
  return { httpStatus, code, message, reason };
}
