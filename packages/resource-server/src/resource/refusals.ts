import type { AuditEventType, WholeResponse } from '@portcullis/ports';
import { formatJsonRpcError, JSON_RPC_ERRORS, type JsonRpcId } from '@portcullis/protocol';
import { describeDpopRefusal } from '@portcullis/protocol/dpop-proof';
import { buildChallenge } from '../challenge.js';
import { DEFAULT_COOLDOWN_SECONDS } from '../keys/verification-keys.js';
import type { SchemeRefusal } from '../possession/check-scheme.js';
import type { ProofFailure } from '../possession/proof-of-possession.js';
import type { AuthenticationScheme } from '../presented-credential.js';
import type { AnswerHeaders } from './origins.js';

/**
 * Why a request goes no further: precise for the trail, generic on the wire. Only of what its sender made, a proof, and of how
 * a good token was sent, the wire says all.
 */
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

/**
 * The refusals of one resource (RFC 6750 §3, RFC 9449 §7.1, RFC 9728 §5.1), made once where nothing varies. A challenge is of
 * the scheme that the credential came by, of `Bearer` where none came, and of `DPoP` always where that is all that gets in.
 */
export class Refusals {
  readonly #resourceMetadataUrl: string;
  readonly #address: string;
  readonly missing: Refusal;
  readonly originNotAllowed: Refusal;
  readonly #invalidToken: Readonly<Record<AuthenticationScheme, WholeResponse>>;
  readonly #scopes: readonly string[];
  readonly #isDpopRequired: boolean;
  readonly #invalidRequest: WholeResponse;
  readonly #unavailable: WholeResponse;
  readonly #keysUnavailable: WholeResponse;

  /**
   * @param resource - its identifier
   * @param scopes - what a first sign-in needs
   * @param isDpopRequired - only tokens that are bound to a key get in
   */
  constructor(resource: string, resourceMetadataUrl: string, scopes: readonly string[], isDpopRequired: boolean) {
    const { origin, pathname } = new URL(resource);
    this.#address = `the address that was called, at or beneath ${origin}${pathname}`;
    this.#resourceMetadataUrl = resourceMetadataUrl;
    this.#scopes = scopes;
    this.#isDpopRequired = isDpopRequired;
    const unauthorized = (scheme: AuthenticationScheme, message: string, error?: 'invalid_token'): WholeResponse =>
      answer(401, JSON_RPC_ERRORS.serverError, message, {
        'www-authenticate': buildChallenge({
          scheme: this.#schemeFor(scheme),
          resourceMetadataUrl,
          scopes,
          ...(error === undefined ? {} : { error }),
        }),
      });
    this.missing = {
      event: 'access_token.refused',
      reason: 'missing',
      response: unauthorized('Bearer', 'Authorization is required'),
    };
    this.originNotAllowed = {
      event: 'request.refused',
      reason: 'origin_not_allowed',
      response: answer(403, JSON_RPC_ERRORS.invalidRequest, 'This origin may not call this server', {}),
    };
    const notValid = 'The access token is not valid';
    this.#invalidToken = {
      Bearer: unauthorized('Bearer', notValid, 'invalid_token'),
      DPoP: unauthorized('DPoP', notValid, 'invalid_token'),
    };
    this.#invalidRequest = answer(
      400,
      JSON_RPC_ERRORS.invalidRequest,
      'Send one access token, in one Authorization header',
      {
        'www-authenticate': buildChallenge({
          scheme: this.#schemeFor('Bearer'),
          resourceMetadataUrl,
          error: 'invalid_request',
        }),
      },
    );
    const unavailable = (retryAfterSeconds: number): WholeResponse =>
      answer(503, JSON_RPC_ERRORS.serverError, 'Access tokens cannot be verified right now', {
        'retry-after': String(retryAfterSeconds),
      });
    this.#unavailable = unavailable(RETRY_AFTER_SECONDS.otherwise);
    this.#keysUnavailable = unavailable(RETRY_AFTER_SECONDS.keys_unavailable);
  }

  #schemeFor(scheme: AuthenticationScheme): AuthenticationScheme {
    return this.#isDpopRequired ? 'DPoP' : scheme;
  }

  /** The token is not good here, for a reason that stays inside. */
  invalidToken(reason: string, scheme: AuthenticationScheme): Refusal {
    const event = reason === 'wrong_tenant' ? 'tenant.crossing' : 'access_token.refused';
    return { event, reason, response: this.#invalidToken[scheme] };
  }

  /** The token is good and came by the wrong scheme. */
  wrongScheme({ event, reason, description }: SchemeRefusal): Refusal {
    return { event, reason, response: this.#describedByDpop('invalid_token', description) };
  }

  /** Whoever sent the token has not proven to hold its key (RFC 9449 §7.1), or has to do so with a nonce (§9). */
  invalidProof({ error, reason, nonce }: ProofFailure): Refusal {
    const description = describeDpopRefusal(reason, this.#address);
    const headers = nonce === undefined ? {} : { 'dpop-nonce': nonce };
    return { event: 'access_token.unproven', reason, response: this.#describedByDpop(error, description, headers) };
  }

  #describedByDpop(
    error: 'invalid_token' | ProofFailure['error'],
    errorDescription: string,
    headers: AnswerHeaders = {},
  ): WholeResponse {
    const challenge = buildChallenge({
      scheme: 'DPoP',
      resourceMetadataUrl: this.#resourceMetadataUrl,
      scopes: this.#scopes,
      error,
      errorDescription,
    });
    return answer(401, JSON_RPC_ERRORS.serverError, errorDescription, { 'www-authenticate': challenge, ...headers });
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
  insufficientScope(scopes: readonly string[], id: JsonRpcId | null, scheme: AuthenticationScheme): Refusal {
    const challenge = buildChallenge({
      scheme: this.#schemeFor(scheme),
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
  // Which codings are taken (RFC 9110 §12.5.3).
  const headers = reason === 'content_encoding' ? { 'accept-encoding': 'identity' } : {};
  return { event: 'request.refused', reason, response: answer(status, code, message, headers) };
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
