import {
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  type JsonSpan,
  SPAN,
  spliceJson,
} from '@portcullis/protocol';
import type { Answer } from './answer.js';

/** One request that a process has been asked and has not answered. */
export interface Call {
  /** The request's id towards the process, and its progress token there. */
  readonly gateId: number;
  readonly request: JsonRpcRequest;
  /** The client's id and progress token, exactly as the client wrote them. */
  readonly idText: string;
  readonly progressTokenText: string | undefined;
  readonly answer: Answer;
}

/** Tasks whose progress is still followed after their request was answered; the oldest is forgotten first. */
const MAX_TASK_TOKENS = 256;

/**
 * Gives every request of one process an id and a progress token of the gate's own, and maps both back.
 *
 * Clients count from 0 or 1, each for itself; in one process their ids would collide and the answer of one request could
 * end in the stream of another (CVE-2026-25536). Ids are exchanged in the text, at the places the parser pointed out:
 * no other character of a message changes, so numbers that a double cannot hold pass through unharmed.
 */
export class Correlation {
  readonly #calls = new Map<number, Call>();
  readonly #taskTokens = new Map<number, string>();
  #nextGateId = 1;

  /** How many requests are open. */
  get size(): number {
    return this.#calls.size;
  }

  /** The open requests, oldest first; a copy, so that settling them while walking is safe. */
  calls(): Call[] {
    return [...this.#calls.values()];
  }

  /** Opens a request. `text` is what the process is to read. */
  open(
    message: JsonRpcMessage,
    request: JsonRpcRequest,
    answer: Answer,
  ): { readonly call: Call; readonly text: string } {
    const gateId = this.#nextGateId;
    this.#nextGateId += 1;
    const call: Call = {
      gateId,
      request,
      idText: textAt(message, SPAN.id) ?? JSON.stringify(request.id),
      progressTokenText: textAt(message, SPAN.progressTokenOfRequest),
      answer,
    };
    this.#calls.set(gateId, call);
    return { call, text: replaceAt(message, [SPAN.id, SPAN.progressTokenOfRequest], String(gateId)) };
  }

  /** The open request behind an id that the process sent. An id of another type or value than the gate's is unknown. */
  find(gateId: unknown): Call | undefined {
    return typeof gateId === 'number' ? this.#calls.get(gateId) : undefined;
  }

  /** The open request behind a client's own id; undefined where none, or more than one, has it. */
  findByClientId(id: unknown): Call | undefined {
    const found = [...this.#calls.values()].filter((call) => call.request.id === (id as JsonRpcId));
    return found.length === 1 ? found[0] : undefined;
  }

  /** Closes a request. False where it was closed before. */
  close(call: Call): boolean {
    return this.#calls.delete(call.gateId);
  }

  /**
   * Keeps the progress token of an answered request that started a task: it stays valid for the task's lifetime (MCP
   * 2025-11-25, tasks).
   */
  followTask(call: Call): void {
    if (call.progressTokenText === undefined) return;
    this.#taskTokens.set(call.gateId, call.progressTokenText);
    const [oldest] = this.#taskTokens.keys();
    if (this.#taskTokens.size > MAX_TASK_TOKENS && oldest !== undefined) this.#taskTokens.delete(oldest);
  }

  /** The client's token of a task that is followed, behind a token that the process sent. */
  taskToken(token: unknown): string | undefined {
    return typeof token === 'number' ? this.#taskTokens.get(token) : undefined;
  }
}

/** The text of a response for the client that asked. */
export function translateResponse(message: JsonRpcMessage, call: Call): string {
  const places: string[] = [SPAN.id];
  if (textAt(message, SPAN.subscriptionIdOfResult) === String(call.gateId)) places.push(SPAN.subscriptionIdOfResult);
  return replaceAt(message, places, call.idText);
}

/** `message` with `json` at each of the places that occur in it. */
export function replaceAt(message: JsonRpcMessage, places: readonly string[], json: string): string {
  const spans = places.map((place) => message.spans.get(place)).filter((span): span is JsonSpan => span !== undefined);
  return spliceJson(
    message.text,
    spans.map((span) => ({ span, json })),
  );
}

function textAt(message: JsonRpcMessage, place: string): string | undefined {
  const span = message.spans.get(place);
  return span === undefined ? undefined : message.text.slice(span.start, span.end);
}
