import { JSON_RPC_ERRORS } from '@portcullis/protocol';
import { badRequest, type Refusal, unavailable } from './refusal.js';

// What the endpoint refuses by itself, and not by one of its checks.

/** A method that the endpoint does not have. */
export const METHOD_NOT_ALLOWED = badRequest(405, JSON_RPC_ERRORS.invalidRequest, 'Method not allowed', 'http_method', {
  headers: { allow: 'GET, POST, DELETE, OPTIONS' },
}).failure;

/** Nothing new is begun while the gate closes. */
export const DRAINING: Refusal = { ...unavailable('The gate is closing', 'draining', 5), closeConnection: true };

/** Nothing that stays open is begun while revocations cannot be heard of. */
export const BLIND = unavailable('Nothing new can be opened right now', 'revocation_blind', 5);

/** A session id that is of another caller or resource, or that nobody sealed here. */
export const SESSION_NOT_FOUND: Refusal = {
  status: 404,
  code: JSON_RPC_ERRORS.sessionNotFound,
  message: 'Session not found',
  event: 'session.refused',
  reason: 'not_this_callers_session',
};

/** The upstream has not finished in time. */
export const CALL_TIMEOUT: Refusal = {
  status: 504,
  code: JSON_RPC_ERRORS.serverError,
  message: 'The server behind the gate took too long',
  event: 'upstream.failed',
  reason: 'call_timeout',
};

/** Something broke here. */
export const INTERNAL: Refusal = {
  status: 500,
  code: JSON_RPC_ERRORS.internalError,
  message: 'Internal error',
  event: 'request.refused',
  reason: 'internal_error',
};

/** More came from the network than the host lets through. */
export function flooded(retryAfterSeconds: number): Refusal {
  return {
    status: 429,
    code: JSON_RPC_ERRORS.serverError,
    message: 'Too many requests',
    event: 'rate_limit.exceeded',
    reason: 'too_many_requests',
    headers: { 'retry-after': String(retryAfterSeconds) },
    closeConnection: true,
  };
}
