import type { WholeResponse } from '@portcullis/ports';
import { describeRefusal, type RefusalReason } from '../refusals.js';
import { DOCUMENT_MAX_AGE_SECONDS } from './document-max-age.js';
import { TAKEN_CODINGS } from './request-body.js';

/**
 * Scripts of any origin may read every answer to a client, without credentials of the browser (Fetch §3.2). Clients in
 * browsers need it; nothing behind it depends on a cookie.
 */
const OPEN = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'WWW-Authenticate, Retry-After, DPoP-Nonce',
} as const;
/** For answers that nobody may keep (OAuth 2.1 §3.2.3). */
const UNSTORED = { 'cache-control': 'no-store', pragma: 'no-cache', ...OPEN } as const;
const JSON_TYPE = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' } as const;
const UNSTORED_JSON = { ...JSON_TYPE, ...UNSTORED } as const;
const DOCUMENT = { ...JSON_TYPE, 'cache-control': `public, max-age=${DOCUMENT_MAX_AGE_SECONDS}`, ...OPEN } as const;

/** A JSON answer that nobody may keep. */
export function jsonResponse(body: object, status = 200, headers?: Readonly<Record<string, string>>): WholeResponse {
  return { status, headers: withHeaders(UNSTORED_JSON, headers), body: JSON.stringify(body) };
}

/** An answer that says all by its status, and that nobody may keep. */
export function emptyResponse(status = 200, headers?: Readonly<Record<string, string>>): WholeResponse {
  return { status, headers: withHeaders(UNSTORED, headers), body: '' };
}

/** A JSON document that is the same for everybody. */
export function documentResponse(body: object): WholeResponse {
  return { status: 200, headers: DOCUMENT, body: JSON.stringify(body) };
}

/**
 * An OAuth error (OAuth 2.1 §3.2.4): the code and words of our own, nothing of the request.
 *
 * @param address - of an endpoint that takes proofs, as they have to name it
 */
export function refusalResponse(
  reason: RefusalReason,
  headers?: Readonly<Record<string, string>>,
  address?: string,
): WholeResponse {
  const { error, description, status } = describeRefusal(reason, address);
  const isOfCoding = reason === 'body_encoded' || reason === 'metadata_encoded';
  const own = isOfCoding ? { ...headers, ...TAKEN_CODINGS } : headers;
  return jsonResponse({ error, error_description: description }, status, own);
}

/** Answers a preflight. */
export function preflightResponse(methods: readonly string[]): WholeResponse {
  return {
    status: 204,
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-methods': methods.join(', '),
      'access-control-allow-headers': 'Authorization, Content-Type, DPoP, MCP-Protocol-Version',
      'access-control-max-age': '600',
    },
    body: '',
  };
}

/** Most answers have no headers of their own, and then nothing is copied. */
function withHeaders(
  common: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> {
  return own === undefined ? common : { ...common, ...own };
}
