import type { JsonRpcRequest } from '@portcullis/protocol';
import type { Call } from './correlation.js';

/** Methods whose HTTP status or headers matter to the client, so their answer is not turned into a stream early. */
const PATIENT_METHODS = new Set(['initialize', 'server/discover']);

/** Whether the answer to `request` has to wait for the response itself: see {@link PATIENT_METHODS}. */
export function isPatient(request: JsonRpcRequest): boolean {
  return PATIENT_METHODS.has(request.method);
}

/** Whether `call` is a standing subscription rather than a call that ends by itself. */
export function isSubscription(call: Call): boolean {
  return call.request.method === 'subscriptions/listen';
}

/** Whether `call` begins a session, which must not be cancelled (MCP, Cancellation). */
export function isInitialize(call: Call): boolean {
  return call.request.method === 'initialize';
}
