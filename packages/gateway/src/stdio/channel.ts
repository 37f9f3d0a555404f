import {
  type JsonBounds,
  type JsonRpcMessage,
  type JsonRpcNotification,
  type JsonRpcRequest,
  type JsonRpcResponse,
  parseJsonRpc,
  SPAN,
} from '@portcullis/protocol';
import type { Answer, RequestFailure } from './answer.js';
import { isInitialize, isPatient, isSubscription } from './call-kinds.js';
import type { ChannelOwner } from './channel-owner.js';
import { type Call, Correlation, replaceAt, translateResponse } from './correlation.js';
import { asAnsweredOverHttp, FAILURES, failureOfEnd } from './failures.js';
import { type ProcessEnd, ServerProcess, type StopReason } from './server-process.js';
import type { StdioSettings } from './settings.js';
import type { Trail } from './trail.js';

/** How long an answer may take before its stream opens, counted from when the process is known to be up. */
const STREAM_AFTER_MILLISECONDS = 500;
/** A server the operator chose may answer with more than a stranger may ask: its lines are bounded in bytes. */
const SERVER_BOUNDS: JsonBounds = { maxDepth: 1000, maxMembers: 1_000_000, maxElements: 4_000_000 };

/**
 * One process and the requests that are open on it, all of one caller.
 *
 * Carries requests to the process under ids of the gate's own, and each message of the process to the one answer it
 * belongs to. What belongs to none goes to the owner, which knows the era; what belongs to a request that is over goes
 * to nobody.
 */
export class Channel {
  readonly #settings: StdioSettings;
  readonly #owner: ChannelOwner;
  readonly #trail: Trail;
  readonly #process: ServerProcess;
  readonly #correlation = new Correlation();
  readonly #deadlines = new Map<Call, NodeJS.Timeout>();
  readonly #idle: NodeJS.Timeout;
  #activeAt = performance.now();
  #hasSpoken = false;
  #retiring: StopReason | undefined;
  #closed = false;

  /** Starts the process. */
  constructor(settings: StdioSettings, owner: ChannelOwner, trail: Trail, correlationId: string) {
    this.#settings = settings;
    this.#owner = owner;
    this.#trail = trail;
    this.#process = new ServerProcess(settings, {
      line: (line) => this.#onLine(line),
      stderrLine: (line) => trail.stderrLine(line),
      gone: (end) => this.#onGone(end),
    });
    if (this.#process.pid !== undefined) trail.started(correlationId, this.#process.pid);
    this.#idle = setTimeout(() => this.#onIdle(), settings.limits.idleSeconds * 1000);
    this.#idle.unref();
  }

  /** Resolves when the process is gone. */
  get exited(): Promise<void> {
    return this.#process.exited;
  }

  /** Whether its process can be spoken to. */
  get alive(): boolean {
    return this.#process.usable;
  }

  /** Whether it takes new requests, too. */
  get takesRequests(): boolean {
    return this.alive && this.#retiring === undefined;
  }

  /** For how long nobody has used it: no open request, no standing stream, no message. 0 while it is in use. */
  get unusedMilliseconds(): number {
    return this.#inUse ? 0 : performance.now() - this.#activeAt;
  }

  /** The open requests, oldest first. */
  calls(): Call[] {
    return this.#correlation.calls();
  }

  /** Sends a request; its response, or what stands for it, goes to `answer`. */
  ask(message: JsonRpcMessage, request: JsonRpcRequest, answer: Answer): void {
    this.#touch();
    if (this.#retiring !== undefined) {
      answer.fail(request.id, FAILURES.closing);
      return;
    }
    const { call, text } = this.#correlation.open(message, request, answer);
    if (!this.#process.send(text)) {
      this.#fail(call, FAILURES.notReading);
      return;
    }
    answer.onClose(() => this.#abandon(call));
    const { startTimeoutSeconds, callTimeoutSeconds } = this.#settings;
    if (!isSubscription(call)) {
      const seconds = isPatient(request) ? startTimeoutSeconds : callTimeoutSeconds;
      const deadline = setTimeout(() => this.#onDeadline(call), seconds * 1000);
      deadline.unref();
      this.#deadlines.set(call, deadline);
    }
    // A process that is still starting may yet fail with a status of its own, so its streams open later.
    if (!isPatient(request)) {
      answer.streamAfter(this.#hasSpoken ? STREAM_AFTER_MILLISECONDS : startTimeoutSeconds * 1000);
    }
  }

  /**
   * Sends a message that gets no answer. False where the process does not take it.
   *
   * A cancellation is sent only where exactly one open request has the id it names; else it is dropped in silence, as
   * the protocol asks (MCP, Cancellation, Error Handling).
   */
  tell(message: JsonRpcMessage): boolean {
    this.#touch();
    const { body } = message;
    if (body.kind !== 'notification' || body.method !== 'notifications/cancelled') {
      return this.#process.send(message.text);
    }
    const call = this.#correlation.findByClientId(body.params?.['requestId']);
    if (call === undefined || isInitialize(call)) return true;
    this.#process.send(replaceAt(message, [SPAN.cancelledRequestId], String(call.gateId)));
    if (this.#settle(call, undefined)) call.answer.withdraw();
    return true;
  }

  /** Takes no new request, ends subscriptions, and ends the process as soon as no request is open. */
  retire(reason: StopReason): void {
    this.#retiring ??= reason;
    for (const call of this.calls()) {
      if (isSubscription(call) && this.#settle(call, undefined)) call.answer.withdraw();
    }
    if (this.#correlation.size === 0) this.stop(reason);
  }

  /** Ends the process; what is open on it is answered with an error now. */
  stop(reason: StopReason, atOnce = false): void {
    this.#process.stop(reason, atOnce);
    this.#close(failureOfEnd({ kind: 'stopped', reason }));
  }

  #onLine(line: Buffer): void {
    const parsed = parseJsonRpc(line, SERVER_BOUNDS);
    if (!parsed.ok) {
      if (line.toString('latin1').trim() !== '') this.#onUnreadable(line);
      return;
    }
    if (!this.#hasSpoken) {
      this.#hasSpoken = true;
      for (const call of this.calls()) if (!isPatient(call.request)) call.answer.streamAfter(STREAM_AFTER_MILLISECONDS);
    }
    const messages = parsed.value.kind === 'batch' ? parsed.value.messages : [parsed.value.message];
    for (const message of messages) this.#onMessage(message);
  }

  #onMessage(message: JsonRpcMessage): void {
    const { body } = message;
    switch (body.kind) {
      case 'response':
        this.#onResponse(message, body);
        break;
      case 'notification':
        this.#onNotification(message, body);
        break;
      case 'request':
        this.#owner.untied(message, message.text);
        break;
    }
  }

  #onResponse(message: JsonRpcMessage, response: JsonRpcResponse): void {
    const call = this.#correlation.find(response.id);
    if (call === undefined) return;
    if (!response.isError && call.request.params?.['task'] !== undefined) this.#correlation.followTask(call);
    const json = translateResponse(message, call);
    this.#correlation.close(call);
    call.answer.respond(json, this.#owner.httpStatusOf(call.request, response), response.isError);
    this.#over(call, response);
  }

  #onNotification(message: JsonRpcMessage, notification: JsonRpcNotification): void {
    const params = notification.params;
    if (notification.method === 'notifications/progress') {
      this.#onProgress(message, params?.['progressToken']);
      return;
    }
    if (notification.method === 'notifications/cancelled') {
      // The server ends a subscription; over HTTP its stream ends (MCP 2026-07-28, Cancellation).
      const ended = this.#findSubscription(params?.['requestId']);
      if (ended !== undefined) {
        if (this.#settle(ended, undefined)) ended.answer.withdraw();
        return;
      }
    }
    const place = message.spans.get(SPAN.subscriptionIdOfNotification);
    const subscription =
      place === undefined ? undefined : this.#findSubscription(Number(message.text.slice(place.start, place.end)));
    if (subscription !== undefined) {
      subscription.answer.note(replaceAt(message, [SPAN.subscriptionIdOfNotification], subscription.idText));
      return;
    }
    this.#owner.untied(message, message.text);
  }

  #onProgress(message: JsonRpcMessage, token: unknown): void {
    const call = this.#correlation.find(token);
    if (call?.progressTokenText !== undefined) {
      call.answer.note(replaceAt(message, [SPAN.progressTokenOfNotification], call.progressTokenText));
      return;
    }
    const taskToken = this.#correlation.taskToken(token);
    if (taskToken === undefined) return;
    this.#owner.untied(message, replaceAt(message, [SPAN.progressTokenOfNotification], taskToken));
  }

  #findSubscription(id: unknown): Call | undefined {
    const call = this.#correlation.find(id);
    return call !== undefined && isSubscription(call) ? call : undefined;
  }

  /** A line that no strict reader takes. If it was meant as an answer, its client is told rather than left waiting. */
  #onUnreadable(line: Buffer): void {
    this.#trail.foreignOutput();
    let value: unknown;
    try {
      value = JSON.parse(line.toString('utf8'));
    } catch {
      return;
    }
    const call = typeof value === 'object' && value !== null && 'id' in value && this.#correlation.find(value.id);
    if (call) this.#fail(call, FAILURES.unreadable);
  }

  #onDeadline(call: Call): void {
    if (!isInitialize(call)) this.#cancel(call);
    this.#fail(call, FAILURES.timeout);
  }

  /** The client went away, or its answer was cut. `initialize` must not be cancelled; its session ends instead. */
  #abandon(call: Call): void {
    if (this.#settle(call, undefined) && !isInitialize(call)) this.#cancel(call);
  }

  #cancel(call: Call): void {
    const params = { requestId: call.gateId, reason: 'The client no longer waits for the answer' };
    this.#process.send(JSON.stringify({ jsonrpc: '2.0', method: 'notifications/cancelled', params }));
  }

  #fail(call: Call, failure: RequestFailure): void {
    if (!this.#correlation.close(call)) return;
    call.answer.fail(call.request.id, asAnsweredOverHttp(call.request, failure));
    this.#over(call, undefined);
  }

  #settle(call: Call, response: JsonRpcResponse | undefined): boolean {
    if (!this.#correlation.close(call)) return false;
    this.#over(call, response);
    return true;
  }

  #over(call: Call, response: JsonRpcResponse | undefined): void {
    clearTimeout(this.#deadlines.get(call));
    this.#deadlines.delete(call);
    this.#touch();
    if (this.#closed) return;
    this.#owner.settled(call.request, response);
    if (this.#retiring !== undefined && this.#correlation.size === 0) this.stop(this.#retiring);
  }

  get #inUse(): boolean {
    return this.#correlation.size > 0 || this.#owner.standing();
  }

  #touch(): void {
    this.#activeAt = performance.now();
    this.#idle.refresh();
  }

  #onIdle(): void {
    if (this.#inUse) this.#idle.refresh();
    else this.stop('idle');
  }

  #onGone(end: ProcessEnd): void {
    this.#trail.ended(end, this.#correlation.size);
    this.#close(failureOfEnd(end));
  }

  #close(failure: RequestFailure): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#idle);
    for (const call of this.calls()) this.#fail(call, failure);
    this.#owner.closed();
  }
}
