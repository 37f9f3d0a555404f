import type { JsonRpcId } from '@portcullis/protocol';

/** A request whose response is waited for. */
export interface InFlightRequest {
  readonly id: JsonRpcId;
  readonly method: string;
  /** Whether it is of a revision that cancels by closing the stream (2026-07-28 and later). */
  readonly isModern: boolean;
  readonly abort: AbortController;
  /** Whoever asked does not want the response any more. */
  isCancelled: boolean;
  /** The response was handed on. */
  isAnswered: boolean;
  /** Settles when nothing more comes of it; never rejects. */
  done: Promise<void>;
}

/** The requests under way, by id. The number 1 and the text "1" are two ids. */
export class InFlight {
  readonly #requests = new Map<JsonRpcId, InFlightRequest>();

  get size(): number {
    return this.#requests.size;
  }

  has(id: JsonRpcId): boolean {
    return this.#requests.has(id);
  }

  get(id: JsonRpcId | null): InFlightRequest | undefined {
    return id === null ? undefined : this.#requests.get(id);
  }

  add(request: InFlightRequest): void {
    this.#requests.set(request.id, request);
  }

  delete(id: JsonRpcId): void {
    this.#requests.delete(id);
  }

  all(): readonly InFlightRequest[] {
    return [...this.#requests.values()];
  }
}
