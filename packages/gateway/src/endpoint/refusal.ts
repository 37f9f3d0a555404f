import type { AuditEvent, AuditEventType } from '@portcullis/ports';

/** Why the gate itself answers a request, for the wire (generic) and for the trail (precise). */
export interface Refusal {
  readonly status: number;
  /** JSON-RPC error code of the body. */
  readonly code: number;
  /** Words for the client: nothing of the request and nothing of our inside is in them. */
  readonly message: string;
  readonly event: AuditEventType;
  /** Stable snake_case word for operators. */
  readonly reason: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** `error.data` of the body. */
  readonly data?: Readonly<Record<string, string>>;
  readonly details?: Partial<Pick<AuditEvent, 'method' | 'target' | 'scopes' | 'rule' | 'detail'>>;
  /** The connection cannot be used any further. */
  readonly closeConnection?: boolean;
}

/** Either the value to go on with, or the refusal to answer with. */
export type Step<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly failure: Refusal };

/** A refusal of what is wrong with the HTTP request or its body, whoever sends it. */
export function badRequest(
  status: number,
  code: number,
  message: string,
  reason: string,
  more: Pick<Refusal, 'headers' | 'details' | 'closeConnection'> = {},
): { readonly ok: false; readonly failure: Refusal } {
  return { ok: false, failure: { status, code, message, reason, event: 'request.refused', ...more } };
}

/** A refusal that a later attempt may not meet: 503 with `Retry-After`. */
export function unavailable(message: string, reason: string, retryAfterSeconds: number): Refusal {
  return {
    status: 503,
    code: -32000,
    message,
    reason,
    event: 'request.refused',
    headers: { 'retry-after': String(retryAfterSeconds) },
  };
}
