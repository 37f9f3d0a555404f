import type { ServerResponse } from 'node:http';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AuditSink, Platform } from '@portcullis/ports';
import { systemErrorCode } from '../program-error.js';
import { peerNetwork } from './client-address.js';
import { newCorrelationId } from './correlation-id.js';
import type { FloodGuard } from './flood-guard.js';
import { endWithAnswer, type RawStatus } from './raw-answer.js';
import { recordRefusal } from './refusal-event.js';

/** What is needed to end a connection on which something was wrong, and to tell of it. */
export interface ClientErrorOptions {
  /** Whether messages can be exchanged on a connection; with TLS, not before the handshake. */
  isEstablished(socket: Duplex): boolean;
  /** The answers that are due on a connection. */
  openAnswers(socket: Duplex): readonly ServerResponse[];
  /** Whether an answer is a refusal of what was sent. */
  isRefused(response: ServerResponse): boolean;
  /** The value of `Strict-Transport-Security`, where there is one. */
  readonly strictTransport: string | undefined;
  readonly floodGuard: FloodGuard;
  readonly platform: Pick<Platform, 'random' | 'clock'>;
  readonly audit: AuditSink;
  /** Takes what the flood guard threw. */
  onFault(error: unknown, correlationId: string): void;
}

/** The client went or never began: a load balancer that looks whether the port is open, a browser in advance. */
const QUIET_CODES = new Set(['ECONNRESET', 'EPIPE', 'ERR_TLS_HANDSHAKE_TIMEOUT', 'ERR_HTTP_REQUEST_TIMEOUT']);

/** What was wrong, and how the connection was ended. */
interface Ending {
  readonly reason: 'malformed_http' | 'tls_handshake_failed';
  /** Undefined where the connection was only cut. */
  readonly status: RawStatus | undefined;
}

/**
 * Builds what takes the errors of connections, which Node's HTTP parser and its TLS report alike: the connection is ended,
 * since nothing on it can be trusted to start where it seems to. What is more than a client that went or was slow takes a
 * point of the flood guard, and is recorded while the network has any left: `malformed_http`, or `tls_handshake_failed`.
 * No header is known here, so the network is the peer's, behind a trusted proxy the proxy's. Never throws.
 */
export function createClientErrorHandler(options: ClientErrorOptions): (error: unknown, socket: Duplex) => void {
  return (error, socket) => {
    const code = systemErrorCode(error);
    const network = socket instanceof Socket ? peerNetwork(socket) : 'unknown';
    const context = { network, correlationId: newCorrelationId(options.platform.random) };
    const ending = end(code, socket, context.correlationId);
    if (ending === undefined || QUIET_CODES.has(code ?? '')) return;
    tell(ending, context).catch((fault: unknown) => options.onFault(fault, context.correlationId));
  };

  function end(code: string | undefined, socket: Duplex, correlationId: string): Ending | undefined {
    if (options.isEstablished(socket)) {
      const headers = { 'X-Request-Id': correlationId, 'Strict-Transport-Security': options.strictTransport };
      const isTaken = options.openAnswers(socket).some(takesPlace);
      const status = isTaken ? cut(socket) : answerBrokenMessage(code, socket, headers);
      return status === undefined ? undefined : { reason: 'malformed_http', status };
    }
    socket.destroy();
    return { reason: 'tls_handshake_failed', status: undefined };
  }

  /** Into an answer that has begun nothing may be written; where one is due to a request that came whole before, what is
   * written would be taken for it (RFC 9112 §9.3.2). One that refuses what was sent says no more than an answer to this. */
  function takesPlace(response: ServerResponse): boolean {
    if (response.writableFinished) return false;
    return response.headersSent || (response.req.complete && !options.isRefused(response));
  }

  async function tell(
    { reason, status }: Ending,
    context: { readonly network: string; readonly correlationId: string },
  ): Promise<void> {
    const flood = await options.floodGuard.consume(context, status);
    if (!flood.allowed) return;
    recordRefusal(options, context, reason, status);
  }
}

/** The status for an error of Node's HTTP parser: 431 headers beyond the bound, 408 a message that did not arrive in
 * time, 400 everything else (GW-05, GW-20). */
function statusOfClientError(code: string | undefined): RawStatus {
  if (code === 'HPE_HEADER_OVERFLOW') return 431;
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 408;
  return 400;
}

/** Answers and closes. */
function answerBrokenMessage(
  code: string | undefined,
  socket: Duplex,
  headers: Readonly<Record<string, string | undefined>>,
): RawStatus | undefined {
  if (code === 'ECONNRESET' || !socket.writable) return cut(socket);
  const status = statusOfClientError(code);
  endWithAnswer(socket, status, headers);
  return status;
}

function cut(socket: Duplex): undefined {
  socket.destroy();
}
