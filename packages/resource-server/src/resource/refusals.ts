import type { AuditEventType, WholeResponse } from '@portcullis/ports';
import { formatJsonRpcError, JSON_RPC_ERRORS, type JsonRpcId } from '@portcullis/protocol';
import { buildChallenge } from '../challenge.js';
import { DEFAULT_COOLDOWN_SECONDS } from '../keys/verification-keys.js';

/** Why a request goes no further: precise for the trail, generic on the wire. */
export interface Refusal {
  readonly event: AuditEventType;
  /** Stable snake_case word. */
  readonly reason: string;
  /** What an operator needs beside the reason: of a claim its name, never its value. */
  readonly detail?: string;
  readonly response: WholeResponse;
}

/** Why a body was not looked into. */
export type BodyRefusal =
  | 'body_not_json'
  | 'body_too_large'
  | 'content_type_not_json'
  | 'content_encoding'
  | 'body_unreadable';

const BODY_REFUSALS: Readonly<Record<BodyRefusal, readonly [status: number, code: number, message: string]>> = {
  body_not_json: [400, JSON_RPC_ERRORS.parseError, 'The body is no JSON'],
  body_too_large: [413, JSON_RPC_ERRORS.invalidRequest, 'The body is too large'],
  content_type_not_json: [415, JSON_RPC_ERRORS.invalidRequest, 'Send application/json'],
  content_encoding: [415, JSON_RPC_ERRORS.invalidRequest, 'Send the body without a content coding'],
  body_unreadable: [400, JSON_RPC_ERRORS.invalidRequest, 'The body cannot be read'],
};

/** Seconds after which a client may try again what could not be decided; keys are not asked for again sooner. */
const RETRY_AFTER_SECONDS = { keys_unavailable: DEFAULT_COOLDOWN_SECONDS, otherwise: 5 } as const;

/** The refusals of one resource (RFC 6750 §3, RFC 9728 §5.1), made once where nothing varies. */
export class Refusals {
  readonly #resourceMetadataUrl: string;
  readonly missing: Refusal;
  readonly originNotAllowed: Refusal;
  readonly #invalidToken: WholeResponse;
  readonly #invalidRequest: WholeResponse;
  readonly #unavailable: WholeResponse;
  readonly #keysUnavailable: WholeResponse;

  /** @param scopes - what a first sign-in needs */
  constructor(resourceMetadataUrl: string, scopes: readonly string[]) {
    this.#resourceMetadataUrl = resourceMetadataUrl;
    const unauthorized = (message: string, error?: 'invalid_token'): WholeResponse =>
      answer(401, JSON_RPC_ERRORS.serverError, message, {
        'www-authenticate': buildChallenge({
          resourceMetadataUrl,
          scopes,
          ...(error === undefined ? {} : { error }),
        }),
      });
    this.missing = {
      event: 'access_token.refused',
      reason: 'missing',
      response: unauthorized('Authorization is required'),
    };
    this.originNotAllowed = {
      event: 'request.refused',
      reason: 'origin_not_allowed',
      response: answer(403, JSON_RPC_ERRORS.invalidRequest, 'This origin may not call this server', {}),
    };
    this.#invalidToken = unauthorized('The access token is not valid', 'invalid_token');
    this.#invalidRequest = answer(
      400,
      JSON_RPC_ERRORS.invalidRequest,
      'Send one access token, in one Authorization header',
      { 'www-authenticate': buildChallenge({ resourceMetadataUrl, error: 'invalid_request' }) },
    );
    const unavailable = (retryAfterSeconds: number): WholeResponse =>
      answer(503, JSON_RPC_ERRORS.serverError, 'Access tokens cannot be verified right now', {
        'retry-after': String(retryAfterSeconds),
      });
    this.#unavailable = unavailable(RETRY_AFTER_SECONDS.otherwise);
    this.#keysUnavailable = unavailable(RETRY_AFTER_SECONDS.keys_unavailable);
  }

  /** The token is not good here, for a reason that stays inside. */
  invalidToken(reason: string): Refusal {
    const event = reason === 'wrong_tenant' ? 'tenant.crossing' : 'access_token.refused';
    return { event, reason, response: this.#invalidToken };
  }

  /** More than one credential, so none is taken. */
  invalidRequest(reason: string): Refusal {
    return { event: 'access_token.refused', reason, response: this.#invalidRequest };
  }

  /** Whether the token is good cannot be told right now. */
  unavailable(reason: string): Refusal {
    const response = reason === 'keys_unavailable' ? this.#keysUnavailable : this.#unavailable;
    return { event: 'access_token.refused', reason, response };
  }

  /** A good token that lacks a scope. All of `scopes` are named, so that one step-up is enough. */
  insufficientScope(scopes: readonly string[], id: JsonRpcId | null): Refusal {
    const challenge = buildChallenge({
      resourceMetadataUrl: this.#resourceMetadataUrl,
      scopes,
      error: 'insufficient_scope',
    });
    const data = { error: 'insufficient_scope', scope: scopes.join(' ') };
    const message = 'The access token lacks a scope that this operation needs';
    return {
      event: 'mcp.request_denied',
      reason: 'insufficient_scope',
      response: {
        status: 403,
        headers: { ...BODY_HEADERS, 'www-authenticate': challenge },
        body: formatJsonRpcError(id, JSON_RPC_ERRORS.serverError, message, data),
      },
    };
  }
}

/** A body that could not be looked into goes no further. */
export function refuseBody(reason: BodyRefusal): Refusal {
  const [status, code, message] = BODY_REFUSALS[reason];
  return { event: 'request.refused', reason, response: answer(status, code, message, {}) };
}

const BODY_HEADERS = {
  'content-type': 'application/json',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
};

/** What the handler behind the guard threw stays inside. */
export const HANDLER_FAILED: WholeResponse = answer(500, JSON_RPC_ERRORS.internalError, 'Internal error', {});

function answer(
  status: number,
  code: number,
  message: string,
  headers: Readonly<Record<string, string>>,
): WholeResponse {
  return { status, headers: { ...BODY_HEADERS, ...headers }, body: formatJsonRpcError(null, code, message) };
}
