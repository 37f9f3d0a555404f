import {
  JSON_RPC_ERRORS,
  type JsonRpcMessage,
  type JsonRpcPayload,
  type JsonRpcRequest,
  type JsonRpcResponse,
  SPAN,
} from '@portcullis/protocol';
import type { Reply } from '../upstream/upstream.js';
import type { AnswerForms } from './accept.js';
import { isSubscription } from './call-kinds.js';
import { Channel } from './channel.js';
import type { ChannelOwner } from './channel-owner.js';
import { post } from './post.js';
import type { StopReason } from './server-process.js';
import type { StdioSettings } from './settings.js';
import type { Trail } from './trail.js';

/** Errors that only a server of 2026-07-28 or later gives (HeaderMismatch, MissingRequiredClientCapability,
 * UnsupportedProtocolVersion). */
const MODERN_ERRORS = new Set([-32020, -32021, -32022]);
/** Members of `_meta` that every request carries since 2026-07-28 (MCP 2026-07-28, Base Protocol, `_meta`). */
const REQUIRED_META = ['io.modelcontextprotocol/protocolVersion', 'io.modelcontextprotocol/clientCapabilities'];

/**
 * The process of one caller for revision 2026-07-28 and later, where there are no sessions: all requests of that caller
 * share it. It never serves the 2025 revisions too, since a server may fix its era by the first message it reads.
 */
export class SharedProcess implements ChannelOwner {
  readonly #settings: StdioSettings;
  readonly #onClosed: () => void;
  readonly #channel: Channel;

  /** Starts the process. */
  constructor(settings: StdioSettings, trail: Trail, correlationId: string, onClosed: () => void) {
    this.#settings = settings;
    this.#onClosed = onClosed;
    this.#channel = new Channel(settings, this, trail, correlationId);
  }

  /** The process and its open requests. */
  get channel(): Channel {
    return this.#channel;
  }

  /** Carries a POST. Responses do not occur in this era and go nowhere. */
  post(payload: JsonRpcPayload, forms: AnswerForms, reply: Reply): void {
    post(this.#channel, payload, reply, {
      forms,
      headers: {},
      maxQueuedBytes: this.#settings.limits.maxQueuedBytes,
      awaitsResponse: () => false,
    });
  }

  /** Ends the process. */
  end(reason: StopReason, atOnce = false): void {
    this.#channel.stop(reason, atOnce);
  }

  /** Ends subscriptions, and the process once the open calls are answered. */
  retire(reason: StopReason): void {
    this.#channel.retire(reason);
  }

  /**
   * A request of the server has no place in this era, and a notification of a subscription that is over has no reader.
   * Anything else (`notifications/message`) says nothing of its request: it is delivered only where just one is open.
   */
  untied(message: JsonRpcMessage, json: string): void {
    if (message.body.kind !== 'notification' || message.spans.has(SPAN.subscriptionIdOfNotification)) return;
    const [call, ...others] = this.#channel.calls().filter((open) => !isSubscription(open));
    if (call !== undefined && others.length === 0) call.answer.note(json);
  }

  /** The statuses that MCP 2026-07-28 (Streamable HTTP; Base Protocol, `_meta`) ties to JSON-RPC errors. */
  httpStatusOf(request: JsonRpcRequest, response: JsonRpcResponse): number {
    if (!response.isError) return 200;
    switch (response.errorCode) {
      case JSON_RPC_ERRORS.methodNotFound:
        return 404;
      case JSON_RPC_ERRORS.parseError:
      case JSON_RPC_ERRORS.invalidRequest:
        return 400;
      case JSON_RPC_ERRORS.invalidParams:
        if (!hasRequiredMeta(request)) return 400;
        break;
    }
    if (response.errorCode !== undefined && MODERN_ERRORS.has(response.errorCode)) return 400;
    // A client falls back to `initialize` on a 4xx; any other error to this method says that the server is legacy.
    return isDiscover(request) ? 400 : 200;
  }

  /** A server that does not know `server/discover` speaks the 2025 revisions only: this process is of no further use. */
  settled(request: JsonRpcRequest, response: JsonRpcResponse | undefined): void {
    if (!isDiscover(request) || !response?.isError) return;
    if (response.errorCode === undefined || !MODERN_ERRORS.has(response.errorCode)) this.retire('legacy_server');
  }

  standing(): boolean {
    return false;
  }

  closed(): void {
    this.#onClosed();
  }
}

function isDiscover(request: JsonRpcRequest): boolean {
  return request.method === 'server/discover';
}

function hasRequiredMeta(request: JsonRpcRequest): boolean {
  const meta = request.params?.['_meta'];
  return typeof meta === 'object' && meta !== null && REQUIRED_META.every((member) => Object.hasOwn(meta, member));
}
