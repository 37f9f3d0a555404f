import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import type { Reply, ReplyHeaders } from '../upstream/upstream.js';
import { formatEvent, KEEP_ALIVE_COMMENT } from './framing.js';

const KEEP_ALIVE_MILLISECONDS = 15_000;

/**
 * An answer as Server-Sent Events: each message leaves at once, or waits in order for a slow reader.
 *
 * A reader that lets more than `maxQueuedBytes` pile up loses the stream, so that one slow client neither holds the
 * process's other requests nor the gate's memory.
 */
export class EventStream {
  readonly #reply: Reply;
  readonly #maxQueuedBytes: number;
  readonly #keepAlive: NodeJS.Timeout;
  #queue: string[] = [];
  #queuedBytes = 0;
  #waiting = false;
  #ending = false;

  /** Starts the answer. */
  constructor(reply: Reply, headers: ReplyHeaders, maxQueuedBytes: number) {
    this.#reply = reply;
    this.#maxQueuedBytes = maxQueuedBytes;
    reply.start(200, { ...headers, 'content-type': 'text/event-stream' });
    this.#keepAlive = setInterval(() => {
      if (!this.#waiting) this.#write(KEEP_ALIVE_COMMENT);
    }, KEEP_ALIVE_MILLISECONDS);
    this.#keepAlive.unref();
    reply.onClose(() => {
      clearInterval(this.#keepAlive);
      this.#queue = [];
    });
  }

  /** Whether messages still have a reader. */
  get open(): boolean {
    return !this.#ending && !this.#reply.closed;
  }

  /** Sends one JSON-RPC message. False where nobody takes it any more. */
  message(json: string): boolean {
    if (!this.open) return false;
    const event = formatEvent(json);
    if (!this.#waiting) {
      this.#write(event);
      return true;
    }
    if (this.#queuedBytes > this.#maxQueuedBytes) {
      this.#reply.fail(503, JSON_RPC_ERRORS.serverError, 'The stream was read too slowly', 'client_too_slow');
      return false;
    }
    this.#queue.push(event);
    this.#queuedBytes += Buffer.byteLength(event);
    return true;
  }

  /** Ends the answer after everything queued has left. */
  end(): void {
    if (this.#ending) return;
    this.#ending = true;
    if (!this.#waiting) this.#reply.end();
  }

  #write(chunk: string): void {
    if (this.#reply.write(chunk)) return;
    this.#waiting = true;
    this.#reply.onDrain(() => this.#flush());
  }

  #flush(): void {
    this.#waiting = false;
    const queue = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    if (queue.length > 0) this.#write(queue.join(''));
    if (this.#ending && !this.#waiting) this.#reply.end();
  }
}
