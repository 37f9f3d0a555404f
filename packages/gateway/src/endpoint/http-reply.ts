import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatJsonRpcError, type JsonRpcId } from '@portcullis/protocol';
import type { Reply, ReplyHeaders } from '../upstream/upstream.js';
import type { Refusal } from './refusal.js';

/** Why an answer is over. */
export type ClosedBecause = 'finished' | 'client_gone' | 'cut';

/** What the endpoint adds to the bare writing of an answer. */
export interface HttpReplyHooks {
  /** The session id to show for the upstream's own; undefined leaves it out. */
  presentSessionId(sessionId: string): string | undefined;
  /** The upstream gave up. `reason` is for the trail. */
  onFailure(status: number, code: number, reason: string): void;
}

const EVENT_STREAM = 'text/event-stream';
/** How long a refused sender has to read its answer before the connection is closed on what it still sends. */
const LINGER_MILLISECONDS = 1000;

/**
 * The answer to one request over `node:http`. Every act after the end is a no-op, so an upstream need not know whether
 * client, clock or revocation was faster. Headers that an upstream names reach the wire only as this class composes
 * them: session id sealed, never stored, never sniffed.
 */
export class HttpReply implements Reply {
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #bodyIdleMilliseconds: number;
  #hooks: HttpReplyHooks | undefined;
  #listeners: ((why: ClosedBecause) => void)[] | undefined;
  #ended = false;
  /** The gate ended it, not the upstream. */
  #cut = false;
  #closed: ClosedBecause | undefined;
  /** The id of the request that is answered; null until it is known, and for batches. */
  requestId: JsonRpcId | null = null;

  constructor(request: IncomingMessage, response: ServerResponse, bodyIdleMilliseconds: number) {
    this.#request = request;
    this.#response = response;
    this.#bodyIdleMilliseconds = bodyIdleMilliseconds;
    response.on('close', () => this.#onClose());
    // A write that races the client's reset is reported here; `close` follows and says all there is to say.
    response.on('error', () => undefined);
  }

  get started(): boolean {
    return this.#response.headersSent;
  }

  get closed(): boolean {
    return this.#ended || this.#closed !== undefined;
  }

  /** Connects the answer with the call that is under way. */
  attach(hooks: HttpReplyHooks): void {
    this.#hooks = hooks;
  }

  start(status: number, headers: ReplyHeaders): void {
    if (this.closed || this.started) return;
    const composed = this.#compose(headers);
    const isStream = headers['content-type'] === EVENT_STREAM;
    if (isStream) composed['x-accel-buffering'] = 'no';
    this.#response.writeHead(status, composed);
    // The client learns that its stream is open before there is an event; a plain body takes its headers along.
    if (isStream) this.#response.flushHeaders();
  }

  write(chunk: string | Uint8Array): boolean {
    return this.closed || this.#response.write(chunk);
  }

  end(): void {
    if (this.closed) return;
    this.#ended = true;
    this.#response.end();
  }

  send(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    if (this.closed || this.started) return;
    const composed = this.#compose(headers);
    if (status !== 204) composed['content-length'] = String(Buffer.byteLength(body));
    this.#ended = true;
    this.#response.writeHead(status, composed).end(body);
  }

  fail(status: number, code: number, message: string, reason: string): void {
    if (this.closed) return;
    this.#hooks?.onFailure(status, code, reason);
    if (this.started) {
      this.cut();
      return;
    }
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (status === 503) headers['retry-after'] = '5';
    this.send(status, headers, formatJsonRpcError(this.requestId, code, message));
  }

  /** Answers with a refusal of the gate's own. */
  refuse(refusal: Refusal): void {
    if (this.closed || this.started) return;
    const headers: Record<string, string> = { 'content-type': 'application/json', ...refusal.headers };
    if (refusal.closeConnection === true) headers['connection'] = 'close';
    const { status, code, message, data } = refusal;
    const body = formatJsonRpcError(this.requestId, code, message, data);
    // A sender that stood still (408) has nothing under way that a reset could overtake.
    if (refusal.closeConnection === true && !this.#request.complete && status !== 408) {
      this.#sendThenClose(status, headers, body);
      return;
    }
    this.#leaveUnreadBody(refusal.closeConnection === true);
    this.send(status, headers, body);
  }

  /**
   * Closing a connection on bytes that nobody read resets it, and the reset may reach the sender before the answer does
   * (RFC 9112 §9.6). So the answer goes out whole, and the end of it waits while the rest of the body is discarded.
   */
  #sendThenClose(status: number, headers: ReplyHeaders, body: string): void {
    const request = this.#request;
    const response = this.#response;
    this.#ended = true;
    response.writeHead(status, { ...this.#compose(headers), 'content-length': String(Buffer.byteLength(body)) });
    response.write(body);
    const timer = setTimeout(() => response.end(), Math.min(LINGER_MILLISECONDS, this.#bodyIdleMilliseconds));
    response.once('close', () => clearTimeout(timer));
    request.once('end', () => response.end());
    request.resume();
  }

  /**
   * Ends the answer at once, what is still in the buffers included. One that has not begun is answered with `refusal`
   * where there is one; otherwise the connection is closed.
   */
  cut(refusal?: Refusal): void {
    if (this.#closed !== undefined) return;
    this.#cut = true;
    if (refusal !== undefined && !this.started) {
      this.refuse(refusal);
      return;
    }
    this.#ended = true;
    this.#response.destroy();
  }

  /** Ends a standing stream as a server would, so that the client comes back; half an event is void by SSE's rules. */
  endByGate(): void {
    if (this.closed) return;
    if (!this.started) {
      this.cut();
      return;
    }
    this.#cut = true;
    this.end();
  }

  onDrain(callback: () => void): void {
    if (!this.closed) this.#response.once('drain', callback);
  }

  onClose(callback: (why: ClosedBecause) => void): void {
    if (this.#closed !== undefined) {
      callback(this.#closed);
      return;
    }
    this.#listeners ??= [];
    this.#listeners.push(callback);
  }

  #onClose(): void {
    if (this.#closed !== undefined) return;
    if (this.#cut) this.#closed = 'cut';
    else this.#closed = this.#response.writableFinished ? 'finished' : 'client_gone';
    const listeners = this.#listeners;
    this.#listeners = undefined;
    if (listeners !== undefined) for (const listener of listeners) listener(this.#closed);
  }

  #compose(headers: ReplyHeaders): Record<string, string> {
    const composed: Record<string, string> = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
    for (const name in headers) {
      const value = headers[name];
      if (value === undefined) continue;
      const shown = name === 'mcp-session-id' ? this.#hooks?.presentSessionId(value) : value;
      if (shown !== undefined) composed[name] = shown;
    }
    return composed;
  }

  /**
   * A refusal may come before the body was read. Node then discards what still arrives; a sender that takes longer than
   * a body may loses the connection, at once where it must not be used again.
   */
  #leaveUnreadBody(closeConnection: boolean): void {
    const request = this.#request;
    this.#response.once('finish', () => {
      if (request.complete) return;
      if (closeConnection) request.socket.destroySoon();
      else setTimeout(() => request.complete || request.socket.destroy(), this.#bodyIdleMilliseconds).unref();
    });
  }
}
