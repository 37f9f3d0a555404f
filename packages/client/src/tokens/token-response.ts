import { fail, type JsonObject, parseScope, type Result, succeed } from '@portcullis/protocol';
import { readJsonObject, textMember } from '../http/json-object.js';

/** A token response (RFC 6749 §5.1), once read. */
export interface TokenResponse {
  readonly accessToken: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly expiresInSeconds: number | undefined;
  readonly refreshToken: string | undefined;
  /** Undefined where the server did not say: then it is what was asked for. */
  readonly scopes: readonly string[] | undefined;
}

/** Why an answer of the token endpoint is no token response. */
export type TokenResponseFailure =
  /** An OAuth error response; `error` is its code. */
  | { readonly kind: 'refused'; readonly error: string; readonly status: number }
  /** 429 or 5xx: nothing is said about the request. */
  | { readonly kind: 'unavailable'; readonly status: number }
  | { readonly kind: 'malformed'; readonly status: number };

/** Longest access or refresh token that is kept. */
const MAX_TOKEN_LENGTH = 64 * 1024;
/** A year. What lives longer is taken for that long, and refused by the server when it is not. */
const MAX_EXPIRES_IN_SECONDS = 366 * 86_400;

/**
 * Reads an answer of the token endpoint. An access token that could not stand in a header as it is, a type that is
 * neither `Bearer` nor `DPoP`, and a lifetime that is no number above 0 make it malformed; digits in a text are a number,
 * since several providers send them so. `error` in a 200 is an error.
 *
 * An `id_token` is not looked at: nobody here relies on one.
 */
export function parseTokenResponse(status: number, body: Uint8Array): Result<TokenResponse, TokenResponseFailure> {
  const json = readJsonObject(body);
  const error = json === undefined ? undefined : errorCode(json);
  if (status === 429 || status >= 500) return fail({ kind: 'unavailable', status });
  if (error !== undefined) return fail({ kind: 'refused', error, status });
  const response = status === 200 && json !== undefined ? readTokens(json) : undefined;
  return response === undefined ? fail({ kind: 'malformed', status }) : succeed(response);
}

/** The `error` of an error response, where it is made of the characters that RFC 6749 §5.2 allows. */
function errorCode(json: JsonObject): string | undefined {
  const error = json['error'];
  if (error === undefined) return undefined;
  return typeof error === 'string' && /^[A-Za-z0-9_.-]{1,64}$/.test(error) ? error : 'invalid_error';
}

function readTokens(json: JsonObject): TokenResponse | undefined {
  const accessToken = readToken(json, 'access_token');
  const refreshToken =
    json['refresh_token'] === undefined || json['refresh_token'] === null ? '' : readToken(json, 'refresh_token');
  const tokenType = readTokenType(json);
  const expiresInSeconds = readExpiresIn(json['expires_in']);
  const scopes = readScopes(json);
  if (accessToken === undefined || refreshToken === undefined || tokenType === undefined) return undefined;
  if (expiresInSeconds === 'malformed' || scopes === 'malformed') return undefined;
  return {
    accessToken,
    tokenType,
    expiresInSeconds,
    refreshToken: refreshToken === '' ? undefined : refreshToken,
    scopes,
  };
}

/** Visible ASCII and no more (RFC 6749 appendix A.12, A.17): a line break in one would write headers. */
function readToken(json: JsonObject, name: string): string | undefined {
  const token = textMember(json, name);
  return token !== undefined && token.length <= MAX_TOKEN_LENGTH && /^[\x21-\x7e]+$/.test(token) ? token : undefined;
}

function readTokenType(json: JsonObject): TokenResponse['tokenType'] | undefined {
  const type = textMember(json, 'token_type')?.toLowerCase();
  if (type === 'bearer') return 'Bearer';
  return type === 'dpop' ? 'DPoP' : undefined;
}

function readExpiresIn(value: unknown): number | undefined | 'malformed' {
  if (value === undefined || value === null) return undefined;
  const seconds = typeof value === 'string' && /^[0-9]{1,12}$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number' || !Number.isFinite(seconds) || seconds <= 0 || seconds > 1e12) return 'malformed';
  return Math.min(Math.floor(seconds), MAX_EXPIRES_IN_SECONDS);
}

function readScopes(json: JsonObject): readonly string[] | undefined | 'malformed' {
  const scope = json['scope'];
  if (scope === undefined || scope === null || scope === '') return undefined;
  if (typeof scope !== 'string') return 'malformed';
  const parsed = parseScope(scope.trim().replace(/ +/g, ' '));
  return parsed.ok ? parsed.value : 'malformed';
}
