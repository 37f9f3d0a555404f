import { describeRefusal, type RefusalReason } from '../refusals.js';

/** How long a document may be kept, in seconds. A new signing key is published for longer than that before it signs. */
export const DOCUMENT_MAX_AGE_SECONDS = 300;
const JSON_HEADERS = { 'content-type': 'application/json', 'x-content-type-options': 'nosniff' } as const;

/** A JSON answer that nobody may keep (OAuth 2.1 §3.2.3). */
export function jsonResponse(body: object, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(body), {
    status,
    headers: { ...JSON_HEADERS, 'cache-control': 'no-store', pragma: 'no-cache', ...headers },
  });
}

/** An answer that says all by its status, and that nobody may keep. */
export function emptyResponse(): Response {
  return new Response(null, { headers: { 'cache-control': 'no-store', pragma: 'no-cache' } });
}

/** A JSON document that is the same for everybody. */
export function documentResponse(body: object): Response {
  return new Response(JSON.stringify(body), {
    headers: { ...JSON_HEADERS, 'cache-control': `public, max-age=${DOCUMENT_MAX_AGE_SECONDS}` },
  });
}

/** An OAuth error (OAuth 2.1 §3.2.4): the code and words of our own, nothing of the request. */
export function refusalResponse(reason: RefusalReason, headers: Readonly<Record<string, string>> = {}): Response {
  const { error, description, status } = describeRefusal(reason);
  return jsonResponse({ error, error_description: description }, status, headers);
}
