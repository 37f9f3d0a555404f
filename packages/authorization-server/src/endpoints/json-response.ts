import type { WholeResponse } from '@portcullis/ports';
import { describeRefusal, type RefusalReason } from '../refusals.js';

/** How long a document may be kept, in seconds. A new signing key is published for longer than that before it signs. */
export const DOCUMENT_MAX_AGE_SECONDS = 300;

/** For answers that nobody may keep (OAuth 2.1 §3.2.3). */
const UNSTORED = { 'cache-control': 'no-store', pragma: 'no-cache' } as const;
const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' } as const;
const UNSTORED_JSON = { ...JSON_HEADERS, ...UNSTORED } as const;
const DOCUMENT_HEADERS = { ...JSON_HEADERS, 'cache-control': `public, max-age=${DOCUMENT_MAX_AGE_SECONDS}` };

/** A JSON answer that nobody may keep. */
export function jsonResponse(
  body: object,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): WholeResponse {
  return { status, headers: { ...UNSTORED_JSON, ...headers }, body: JSON.stringify(body) };
}

/** An answer that says all by its status, and that nobody may keep. */
export function emptyResponse(status = 200, headers: Readonly<Record<string, string>> = {}): WholeResponse {
  return { status, headers: { ...UNSTORED, ...headers }, body: '' };
}

/** A JSON document that is the same for everybody. */
export function documentResponse(body: object): WholeResponse {
  return { status: 200, headers: DOCUMENT_HEADERS, body: JSON.stringify(body) };
}

/** An OAuth error (OAuth 2.1 §3.2.4): the code and words of our own, nothing of the request. */
export function refusalResponse(reason: RefusalReason, headers: Readonly<Record<string, string>> = {}): WholeResponse {
  const { error, description, status } = describeRefusal(reason);
  return jsonResponse({ error, error_description: description }, status, headers);
}
