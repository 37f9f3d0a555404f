import type { JsonRpcMessage, JsonRpcRequest, JsonRpcResponse } from '@portcullis/protocol';

/** What the two eras do differently on one process, for its `Channel`. */
export interface ChannelOwner {
  /** A message of the server that belongs to no open request by its own words. `json` is what a client would read. */
  untied(message: JsonRpcMessage, json: string): void;
  /** The HTTP status of a response, where the answer has not started. */
  httpStatusOf(request: JsonRpcRequest, response: JsonRpcResponse): number;
  /** A request is over; `response` is undefined where the server gave none. */
  settled(request: JsonRpcRequest, response: JsonRpcResponse | undefined): void;
  /** Whether a quiet process is still in use. */
  standing(): boolean;
  /** The process is being ended or has ended, and every open request has been answered: forget it. */
  closed(): void;
}
