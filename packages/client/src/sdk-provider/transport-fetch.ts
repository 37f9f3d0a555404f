import type { FetchLike } from '../http/fetch-transport.js';
import { type Resendable, toResendable } from '../http/resendable.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { postToEndpoint } from '../tokens/endpoint-fetch.js';

/**
 * The `fetch` of a transport of an SDK. What is posted as a form is a token request and goes over `transport`, wherever it
 * goes: an authorization server that shares the origin of the MCP server has named its endpoint as any other does. All else
 * goes by `fetch`, to the origin of the MCP server, which the user named, and nowhere else. No redirect is followed: an SDK
 * that wants to follow one sees it.
 */
export function createTransportFetch(serverUrl: URL, fetch: FetchLike, transport: Transport): FetchLike {
  return async (input, init) => {
    const request = toResendable(input, init);
    const form = readForm(request);
    if (form !== undefined) {
      return postToEndpoint(transport, form.url, Object.fromEntries(form.headers), await form.text());
    }
    if (new URL(request.url).origin === serverUrl.origin) return request.send(fetch, request.url, request.headers);
    throw new OAuthClientError('url_refused', 'Nothing but token requests goes to another origin than the server.');
  };
}

/** RFC 6749 §4.1.3. A message of MCP is JSON, to that address too if a server named it for both. */
function readForm(request: Resendable): Request | undefined {
  if (request.method !== 'POST') return undefined;
  const given = request.headers.get('content-type');
  if (given !== null && !isForm(given)) return undefined;
  // Where none is given, the body says it.
  const copy = request.copy();
  return isForm(copy.headers.get('content-type') ?? '') ? copy : undefined;
}

function isForm(contentType: string): boolean {
  const [mediaType = ''] = contentType.split(';');
  return mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}
