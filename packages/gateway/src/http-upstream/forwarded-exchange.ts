import type { IncomingHttpHeaders } from 'node:http';
import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { Dispatcher } from 'undici';
import type { Reply } from '../upstream/upstream.js';
import { EventStreamFilter } from './event-stream-filter.js';
import { readResponseHead } from './response-head.js';

/** How much of an answer is let through. */
export interface ForwardingLimits {
  readonly maxJsonBytes: number;
  readonly maxEventBytes: number;
}

/** More interim answers than this are a flood. */
const MAX_INTERIM_RESPONSES = 16;
const UNREACHABLE = 'The server behind the gate cannot be reached';
const UNUSABLE = 'The server behind the gate gave an answer that cannot be passed on';

/** Why a connection failed, for the trail, by undici's or the platform's code. */
const REASONS = new Map(
  Object.entries({
    CERT_HAS_EXPIRED: 'upstream_certificate',
    DEPTH_ZERO_SELF_SIGNED_CERT: 'upstream_certificate',
    EAI_AGAIN: 'upstream_not_found',
    ECONNREFUSED: 'upstream_refused_connection',
    ECONNRESET: 'upstream_reset',
    EHOSTUNREACH: 'upstream_unreachable',
    ENETUNREACH: 'upstream_unreachable',
    ENOTFOUND: 'upstream_not_found',
    EPIPE: 'upstream_reset',
    ERR_TLS_CERT_ALTNAME_INVALID: 'upstream_certificate',
    ETIMEDOUT: 'upstream_connect_timeout',
    SELF_SIGNED_CERT_IN_CHAIN: 'upstream_certificate',
    UNABLE_TO_GET_ISSUER_CERT: 'upstream_certificate',
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'upstream_certificate',
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'upstream_certificate',
    UND_ERR_CONNECT_TIMEOUT: 'upstream_connect_timeout',
    UND_ERR_HEADERS_OVERFLOW: 'upstream_headers_too_large',
    UND_ERR_SOCKET: 'upstream_reset',
  }),
);

/**
 * One request on its way to an HTTP upstream, as undici's handler: streams the answer into the reply as it comes, holds
 * the upstream back while the client is slow, and lets go of the upstream as soon as the reply is over.
 */
export class ForwardedExchange implements Dispatcher.DispatchHandler {
  readonly #reply: Reply;
  readonly #limits: ForwardingLimits;
  readonly #onOver: () => void;
  #controller: Dispatcher.DispatchController | undefined;
  #filter: EventStreamFilter | undefined;
  #discardsBody = false;
  #bodyBytes = 0;
  #interimResponses = 0;
  #isOver = false;

  /** @param onOver - called once, when the upstream has nothing more to do for this exchange */
  constructor(reply: Reply, limits: ForwardingLimits, onOver: () => void) {
    this.#reply = reply;
    this.#limits = limits;
    this.#onOver = onOver;
    reply.onClose(() => this.#abandon());
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // The client may have gone while the connection was still being made: then nothing is sent at all.
    if (this.#isOver) controller.abort(new Error('The reply is over'));
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: IncomingHttpHeaders): void {
    if (this.#isOver) return;
    if (status < 200) {
      this.#interimResponses += 1;
      if (this.#interimResponses > MAX_INTERIM_RESPONSES) this.#fail(502, UNUSABLE, 'upstream_interim_flood');
      return;
    }
    const head = readResponseHead(status, headers);
    switch (head.kind) {
      case 'unusable':
        this.#fail(head.status, UNUSABLE, head.reason);
        return;
      case 'empty':
        this.#discardsBody = true;
        this.#reply.start(status, head.headers);
        return;
      case 'events':
        this.#filter = new EventStreamFilter(this.#limits.maxEventBytes);
        this.#reply.start(status, head.headers);
        return;
      case 'json':
        if (Number(head.headers['content-length'] ?? 0) > this.#limits.maxJsonBytes) {
          this.#fail(502, UNUSABLE, 'upstream_body_too_large');
        } else this.#reply.start(status, head.headers);
    }
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isOver) return;
    if (this.#filter === undefined) {
      this.#bodyBytes += chunk.length;
      if (this.#bodyBytes > this.#limits.maxJsonBytes) this.#fail(502, UNUSABLE, 'upstream_body_too_large');
      else if (!this.#discardsBody) this.#write(controller, chunk);
      return;
    }
    const passed = this.#filter.push(chunk);
    if (passed === undefined) this.#fail(502, UNUSABLE, 'upstream_event_too_large');
    else if (passed.length > 0) this.#write(controller, passed);
  }

  /** The upstream's trailers end here: they are nobody's headers. */
  onResponseEnd(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#reply.end();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error & { readonly code?: string }): void {
    if (this.#isOver) return;
    if (error.code === 'UND_ERR_HEADERS_TIMEOUT') {
      this.#fail(504, 'The server behind the gate took too long', 'upstream_timeout');
      return;
    }
    this.#fail(502, UNREACHABLE, reasonOf(error));
  }

  #write(controller: Dispatcher.DispatchController, bytes: Buffer): void {
    if (this.#reply.write(bytes)) return;
    controller.pause();
    this.#reply.onDrain(() => controller.resume());
  }

  #fail(status: number, message: string, reason: string): void {
    this.#abandon();
    this.#reply.fail(status, JSON_RPC_ERRORS.serverError, message, reason);
  }

  #abandon(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#controller?.abort(new Error('The reply is over'));
  }

  #finish(): void {
    this.#isOver = true;
    this.#onOver();
  }
}

function reasonOf(error: Error & { readonly code?: string }): string {
  // The parser's error has a code only for some of its causes.
  if (error.name === 'HTTPParserError') return 'upstream_bad_http';
  return REASONS.get(error.code ?? '') ?? 'upstream_failed';
}
