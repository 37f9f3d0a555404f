import type { JsonRpcId, JsonRpcMessage, JsonRpcPayload, JsonRpcRequest, JsonRpcResponse } from '@portcullis/protocol';
import type { Reply } from '../upstream/upstream.js';
import type { AnswerForms } from './accept.js';
import { Channel } from './channel.js';
import type { ChannelOwner } from './channel-owner.js';
import { EventStream } from './event-stream.js';
import { FAILURES } from './failures.js';
import { post, refuse } from './post.js';
import type { StopReason } from './server-process.js';
import type { StdioSettings } from './settings.js';
import type { Trail } from './trail.js';

/** Messages kept for a client that has no stream open; the oldest is dropped first. */
const MAX_BACKLOG_MESSAGES = 100;
/** Requests of the server that may wait for the client's answer; the oldest is forgotten first. */
const MAX_SERVER_REQUESTS = 1000;

/**
 * One MCP session of the 2025 revisions: one process, one caller, from `initialize` on.
 *
 * Requests of the server (sampling, elicitation, roots, ping) keep the server's own ids, since nobody else speaks to
 * this process; a client's response goes through only if such a request is open. stdio does not say to which call a
 * request or a log message of the server belongs, so what is not tied to one by id or progress token goes to the
 * standing stream, else to the youngest open call stream, else waits for the standing stream to open.
 */
export class Session implements ChannelOwner {
  readonly #settings: StdioSettings;
  readonly #onClosed: () => void;
  readonly #id: string;
  readonly #channel: Channel;
  readonly #serverRequests = new Set<string>();
  #standingStream: EventStream | undefined;
  #backlog: string[] = [];
  #backlogBytes = 0;
  #initialised = false;

  /** Starts the process. The first POST has to be `initialize`. */
  constructor(id: string, settings: StdioSettings, trail: Trail, correlationId: string, onClosed: () => void) {
    this.#id = id;
    this.#settings = settings;
    this.#onClosed = onClosed;
    this.#channel = new Channel(settings, this, trail, correlationId);
  }

  /** The process and its open requests. */
  get channel(): Channel {
    return this.#channel;
  }

  /** Carries a POST. */
  post(payload: JsonRpcPayload, forms: AnswerForms, reply: Reply): void {
    post(this.#channel, payload, reply, {
      forms,
      headers: this.#initialised ? {} : { 'mcp-session-id': this.#id },
      maxQueuedBytes: this.#settings.limits.maxQueuedBytes,
      awaitsResponse: ({ id }) => id !== null && this.#serverRequests.delete(serverRequestKey(id)),
    });
  }

  /**
   * Opens the standing stream (GET) and sends what waited for it. There is one at a time: a second one takes the place
   * of the first, which is mostly the dead end of a connection that its client lost without a word.
   */
  openStandingStream(reply: Reply): void {
    if (!this.#channel.takesRequests) {
      refuse(reply, FAILURES.closing);
      return;
    }
    this.#standingStream?.end();
    const stream = new EventStream(reply, {}, this.#settings.limits.maxQueuedBytes);
    this.#standingStream = stream;
    reply.onClose(() => {
      if (this.#standingStream === stream) this.#standingStream = undefined;
    });
    const backlog = this.#backlog;
    this.#backlog = [];
    this.#backlogBytes = 0;
    for (const json of backlog) stream.message(json);
  }

  /** Ends the session and its process. */
  end(reason: StopReason, atOnce = false): void {
    this.#channel.stop(reason, atOnce);
  }

  /** Ends the standing stream, and the process once the open calls are answered. */
  retire(reason: StopReason): void {
    this.#standingStream?.end();
    this.#channel.retire(reason);
  }

  untied(message: JsonRpcMessage, json: string): void {
    const { body } = message;
    if (body.kind === 'request') this.#rememberServerRequest(body.id);
    if (body.kind === 'notification' && body.method === 'notifications/cancelled') {
      const id = body.params?.['requestId'];
      if (typeof id === 'string' || typeof id === 'number') this.#serverRequests.delete(serverRequestKey(id));
    }
    if (this.#standingStream?.message(json)) return;
    for (const call of this.#channel.calls().reverse()) if (call.answer.note(json)) return;
    this.#keep(json);
  }

  httpStatusOf(): number {
    return 200;
  }

  settled(request: JsonRpcRequest, response: JsonRpcResponse | undefined): void {
    if (this.#initialised || request.method !== 'initialize') return;
    if (response === undefined || response.isError) this.end('initialize_failed');
    else this.#initialised = true;
  }

  standing(): boolean {
    return this.#standingStream?.open ?? false;
  }

  closed(): void {
    this.#standingStream?.end();
    this.#backlog = [];
    this.#onClosed();
  }

  #rememberServerRequest(id: JsonRpcId): void {
    this.#serverRequests.add(serverRequestKey(id));
    const [oldest] = this.#serverRequests;
    if (this.#serverRequests.size > MAX_SERVER_REQUESTS && oldest !== undefined) this.#serverRequests.delete(oldest);
  }

  #keep(json: string): void {
    this.#backlog.push(json);
    this.#backlogBytes += Buffer.byteLength(json);
    const { maxQueuedBytes } = this.#settings.limits;
    while (this.#backlog.length > MAX_BACKLOG_MESSAGES || this.#backlogBytes > maxQueuedBytes) {
      this.#backlogBytes -= Buffer.byteLength(this.#backlog.shift() ?? '');
    }
  }
}

/** `1` and `"1"` are different ids. */
function serverRequestKey(id: JsonRpcId): string {
  return JSON.stringify(id);
}
