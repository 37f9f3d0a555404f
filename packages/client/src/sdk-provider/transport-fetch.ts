import type { FetchLike } from '../http/fetch-transport.js';
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
    const request = new Request(input, { ...init, redirect: 'manual' });
    if (request.method === 'POST' && isForm(request)) {
      return postToEndpoint(transport, request.url, Object.fromEntries(request.headers), await request.text());
    }
    if (new URL(request.url).origin === serverUrl.origin) return fetch(request);
    throw new OAuthClientError('url_refused', 'Nothing but token requests goes to another origin than the server.');
  };
}

/** RFC 6749 §4.1.3. A message of MCP is JSON, to that address too if a server named it for both. */
function isForm({ headers }: Request): boolean {
  const [mediaType = ''] = (headers.get('content-type') ?? '').split(';');
  return mediaType.trim().toLowerCase() === 'application/x-www-form-urlencoded';
}
