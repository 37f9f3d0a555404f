import { formatJsonRpcError, type JsonRpcId } from '@portcullis/protocol';
import type { Reply, ReplyHeaders } from '../upstream/upstream.js';
import type { AnswerForms } from './accept.js';
import { EventStream } from './event-stream.js';

/** How one POST is to be answered. */
export interface AnswerOptions {
  readonly forms: AnswerForms;
  /** Whether the POST was a batch; its JSON answer is then an array. */
  readonly batch: boolean;
  /** How many requests the POST held; at least one. */
  readonly requests: number;
  /** Headers of a successful answer. */
  readonly headers: ReplyHeaders;
  readonly maxQueuedBytes: number;
}

/** Why a request gets an error of the gate's own. `reason` is for the trail, the rest for the client. */
export interface RequestFailure {
  readonly httpStatus: number;
  readonly code: number;
  readonly message: string;
  readonly reason: string;
}

/**
 * The HTTP answer to one POST with requests in it.
 *
 * It is JSON while the final response is the first there is to say, and becomes an event stream with the first
 * notification, or when the wait set by {@link streamAfter} is over; in both cases only for a client that takes one.
 */
export class Answer {
  readonly #reply: Reply;
  readonly #options: AnswerOptions;
  #pending: number;
  #stream: EventStream | undefined;
  #streamTimer: NodeJS.Timeout | undefined;
  /** Responses of a batch that is answered as JSON. */
  readonly #collected: string[] = [];

  constructor(reply: Reply, options: AnswerOptions) {
    this.#reply = reply;
    this.#options = options;
    this.#pending = options.requests;
    reply.onClose(() => clearTimeout(this.#streamTimer));
    if (options.forms.eventStream && (options.batch || !options.forms.json)) this.#startStream();
  }

  /** Calls back when nobody waits for this answer any more, whatever the reason. */
  onClose(callback: () => void): void {
    this.#reply.onClose(callback);
  }

  /** Opens the stream in `milliseconds` unless the answer was given by then. A later call replaces the wait. */
  streamAfter(milliseconds: number): void {
    if (!this.#options.forms.eventStream || this.#stream !== undefined || this.#reply.closed) return;
    clearTimeout(this.#streamTimer);
    this.#streamTimer = setTimeout(() => this.#startStream(), milliseconds);
    this.#streamTimer.unref();
  }

  /** Sends a message that is not the response. False where this client takes no stream, or has gone. */
  note(json: string): boolean {
    if (!this.#options.forms.eventStream || this.#pending === 0 || this.#reply.closed) return false;
    return (this.#stream ?? this.#startStream()).message(json);
  }

  /** Gives the final response to one of the requests. `httpStatus` holds where the answer has not started. */
  respond(json: string, httpStatus: number, isError: boolean): void {
    if (this.#stream !== undefined) this.#stream.message(json);
    else this.#collected.push(json);
    this.#settle(httpStatus, isError ? {} : this.#options.headers);
  }

  /** Gives an error of the gate's own to one of the requests. */
  fail(id: JsonRpcId, failure: RequestFailure): void {
    const whole = this.#stream === undefined && !this.#options.batch;
    if (whole) {
      this.#pending = 0;
      this.#reply.fail(failure.httpStatus, failure.code, failure.message, failure.reason);
      return;
    }
    this.respond(formatJsonRpcError(id, failure.code, failure.message), failure.httpStatus, true);
  }

  /** One of the requests will get no response: its client cancelled it, or the server ended a subscription. */
  withdraw(): void {
    this.#settle(200, {});
  }

  #settle(httpStatus: number, headers: ReplyHeaders): void {
    this.#pending -= 1;
    if (this.#pending > 0) return;
    if (this.#stream !== undefined) {
      this.#stream.end();
      return;
    }
    const [only] = this.#collected;
    // Every request was withdrawn: there is nothing to say, and 202 says just that.
    if (only === undefined) this.#reply.send(202, {}, '');
    else if (this.#options.batch) this.#sendJson(200, headers, `[${this.#collected.join(',')}]`);
    else this.#sendJson(httpStatus, headers, only);
  }

  #sendJson(httpStatus: number, headers: ReplyHeaders, json: string): void {
    this.#reply.send(httpStatus, { ...headers, 'content-type': 'application/json' }, json);
  }

  #startStream(): EventStream {
    clearTimeout(this.#streamTimer);
    this.#stream = new EventStream(this.#reply, this.#options.headers, this.#options.maxQueuedBytes);
    return this.#stream;
  }
}
