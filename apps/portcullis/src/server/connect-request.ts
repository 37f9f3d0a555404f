import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AuditSink, Platform, RequestContext } from '@portcullis/ports';
import type { ClientNetworkReader } from './client-address.js';
import { newCorrelationId } from './correlation-id.js';
import type { FloodGuard } from './flood-guard.js';
import { endWithAnswer } from './raw-answer.js';
import { recordRefusal } from './refusal-event.js';

/** What is needed to refuse a CONNECT. */
export interface ConnectRequestOptions {
  /** The value of `Strict-Transport-Security`, where there is one. */
  readonly strictTransport: string | undefined;
  readonly clientNetwork: ClientNetworkReader;
  readonly floodGuard: FloodGuard;
  /** The answers that are due on a connection. */
  openAnswers(socket: Duplex): readonly ServerResponse[];
  readonly platform: Pick<Platform, 'random' | 'clock'>;
  readonly audit: AuditSink;
  /** Takes what the flood guard threw. */
  onFault(error: unknown, correlationId: string): void;
}

/**
 * Builds what takes CONNECT requests, which Node hands over apart from all others, with the bare connection. A gate opens no
 * tunnels: like TRACE they take a point of the flood guard, are recorded and answered 405, and the connection ends. `Allow` is
 * empty, since what a CONNECT names is another host, at which nothing is allowed here (RFC 9110 §9.3.6, §10.2.1). Where an
 * earlier answer is still due on the connection it is only cut. Never throws.
 */
export function createConnectHandler(
  options: ConnectRequestOptions,
): (request: IncomingMessage, socket: Duplex) => void {
  return (request, socket) => {
    const context = {
      network: options.clientNetwork(request),
      correlationId: newCorrelationId(options.platform.random),
    };
    // Node has taken its own listener off.
    socket.on('error', () => socket.destroy());
    refuse(socket, context).catch((fault: unknown) => {
      socket.destroy();
      options.onFault(fault, context.correlationId);
    });
  };

  async function refuse(socket: Duplex, context: RequestContext): Promise<void> {
    const flood = await options.floodGuard.consume(context, 429);
    const headers = { 'X-Request-Id': context.correlationId, 'Strict-Transport-Security': options.strictTransport };
    if (!flood.allowed) {
      return end(socket, 429, { ...headers, 'Retry-After': String(flood.retryAfterSeconds) });
    }
    recordRefusal(options, context, 'method_not_supported', 405);
    end(socket, 405, { ...headers, Allow: '' });
  }

  function end(socket: Duplex, ...answer: [405 | 429, Readonly<Record<string, string | undefined>>]): void {
    const isDue = options.openAnswers(socket).some(({ writableFinished }) => !writableFinished);
    if (isDue || !socket.writable) socket.destroy();
    else endWithAnswer(socket, ...answer);
  }
}
