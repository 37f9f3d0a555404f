import { formatJsonRpcError } from '@portcullis/protocol';
import type { Reply, ReplyHeaders } from '../../upstream/upstream.js';

/** A {@link Reply} that keeps what was written to it, and whose reader can be slow or go away. */
export class RecordedReply implements Reply {
  status: number | undefined;
  headers: ReplyHeaders = {};
  body = '';
  /** The reason given with `fail`. */
  reason: string | undefined;
  why: 'finished' | 'client_gone' | 'cut' | undefined;
  /** Set to make every `write` ask to wait. */
  slow = false;
  readonly #closeCallbacks: ((why: 'finished' | 'client_gone' | 'cut') => void)[] = [];
  #drainCallbacks: (() => void)[] = [];

  get started(): boolean {
    return this.status !== undefined;
  }

  get closed(): boolean {
    return this.why !== undefined;
  }

  start(status: number, headers: ReplyHeaders): void {
    if (this.closed) return;
    if (this.started) throw new Error('started twice');
    this.status = status;
    this.headers = headers;
  }

  write(chunk: string | Uint8Array): boolean {
    if (this.closed) return true;
    if (!this.started) throw new Error('written before start');
    this.body += chunk.toString();
    return !this.slow;
  }

  end(): void {
    this.close('finished');
  }

  send(status: number, headers: ReplyHeaders, body: string | Uint8Array): void {
    if (this.closed) return;
    this.start(status, headers);
    this.body = body.toString();
    this.close('finished');
  }

  fail(status: number, code: number, message: string, reason: string): void {
    if (this.closed) return;
    this.reason = reason;
    if (this.started) this.close('cut');
    else this.send(status, {}, formatJsonRpcError(null, code, message));
  }

  onDrain(callback: () => void): void {
    this.#drainCallbacks.push(callback);
  }

  onClose(callback: (why: 'finished' | 'client_gone' | 'cut') => void): void {
    if (this.why === undefined) this.#closeCallbacks.push(callback);
    else callback(this.why);
  }

  /** The reader has caught up. */
  drain(): void {
    const callbacks = this.#drainCallbacks;
    this.#drainCallbacks = [];
    for (const callback of callbacks) callback();
  }

  /** Ends the answer from the reader's side, or from the endpoint's (`cut`). */
  close(why: 'finished' | 'client_gone' | 'cut'): void {
    if (this.closed) return;
    this.why = why;
    for (const callback of this.#closeCallbacks) callback(why);
  }

  /** Resolves when the answer is over. */
  get over(): Promise<this> {
    return new Promise((resolve) => {
      this.onClose(() => resolve(this));
    });
  }

  /** The messages of an event stream, as text. */
  get events(): string[] {
    return this.body
      .split('\n')
      .filter((line) => line.startsWith('data: '))
      .map((line) => line.slice('data: '.length));
  }

  /** The JSON body, or the last message of the stream. */
  get json(): { id: unknown; result?: Record<string, unknown>; error?: { code: number; message: string } } {
    return JSON.parse(this.headers['content-type'] === 'text/event-stream' ? (this.events.at(-1) ?? '') : this.body);
  }

  /** The members of the result. @throws when the answer is none. */
  get result(): Record<string, unknown> {
    const { result } = this.json;
    if (result === undefined) throw new Error(`no result: ${this.status} ${this.body}`);
    return result;
  }
}
