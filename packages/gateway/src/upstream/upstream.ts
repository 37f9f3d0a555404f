import type { IncomingHttpHeaders } from 'node:http';
import type { EpochSeconds, Issuer, JsonRpcPayload, TenantId } from '@portcullis/protocol';

/** Who is asking. Sessions, pooled processes and limits belong to exactly one caller. */
export interface Caller {
  readonly tenantId: TenantId;
  readonly issuer: Issuer;
  readonly subject: string;
  readonly clientId: string;
}

/** The caller as one string, unambiguous whatever the parts contain. */
export function callerKey(caller: Caller): string {
  return JSON.stringify([caller.tenantId, caller.issuer, caller.subject, caller.clientId]);
}

/** An authenticated and authorised HTTP exchange with the MCP endpoint, on its way to an upstream. */
export interface McpCall {
  readonly caller: Caller;
  readonly httpMethod: 'POST' | 'GET' | 'DELETE';
  /** What a POST carried; undefined for GET and DELETE. */
  readonly payload: JsonRpcPayload | undefined;
  /** The exact bytes of `payload`, which were found to have one reading only. */
  readonly body: Buffer | undefined;
  /** `modern` is 2026-07-28 and later: no handshake, no sessions. `legacy` is every revision before. */
  readonly era: 'modern' | 'legacy';
  /** The upstream's own session id, out of the sealed one the client holds. */
  readonly sessionId: string | undefined;
  /** The client's headers. An upstream forwards by allow-list only; the access token is never on it. */
  readonly headers: IncomingHttpHeaders;
  readonly accessTokenExpiresAtEpochSeconds: EpochSeconds;
  readonly correlationId: string;
}

/** Headers of an answer, lower-case. `mcp-session-id` is the upstream's own: the endpoint seals it on the way out. */
export type ReplyHeaders = Readonly<Record<string, string>>;

/** The answer to one {@link McpCall}: written once, streamed, or failed. After it ended every act is a no-op. */
export interface Reply {
  /** Status and headers; exactly once, before the first `write`. */
  start(status: number, headers: ReplyHeaders): void;
  /** One chunk, sent at once. False asks to wait for `onDrain`. */
  write(chunk: string | Uint8Array): boolean;
  /** Ends a started answer. */
  end(): void;
  /** Status, headers and a whole body in one act. */
  send(status: number, headers: ReplyHeaders, body: string | Uint8Array): void;
  /** A JSON-RPC error as the whole answer (its id taken from the request); a started stream is cut instead. */
  fail(status: number, code: number, message: string, reason: string): void;
  /** Calls back once when a full buffer has emptied. */
  onDrain(callback: () => void): void;
  /** Calls back once when the answer is over for whatever reason; at once if it is over already. */
  onClose(callback: (why: 'finished' | 'client_gone' | 'cut') => void): void;
  readonly started: boolean;
  readonly closed: boolean;
}

/** A server behind the gate. It knows nothing of OAuth. */
export interface Upstream {
  /** Answers `call` through `reply`; never throws. */
  exchange(call: McpCall, reply: Reply): void;
  /** Ends what belongs to the caller (sessions, processes), after their right to it ended. */
  dropCaller(caller: Caller): void;
  /** Lets calls in progress finish for up to `graceMilliseconds`, then ends everything. */
  close(graceMilliseconds: number): Promise<void>;
}
