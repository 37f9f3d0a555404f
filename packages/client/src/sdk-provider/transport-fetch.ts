import type { FetchLike } from '../http/fetch-transport.js';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { postToEndpoint } from '../tokens/endpoint-fetch.js';

/**
 * The `fetch` of a transport of an SDK: to the origin of the MCP server, which the user named, by `fetch`; token requests to
 * any other, which a server named, over `transport`. Nothing else goes anywhere.
 */
export function createTransportFetch(serverUrl: URL, fetch: FetchLike, transport: Transport): FetchLike {
  return async (input, init) => {
    const request = new Request(input, init);
    if (new URL(request.url).origin === serverUrl.origin) return fetch(request);
    if (request.method !== 'POST') {
      throw new OAuthClientError('url_refused', 'Nothing but token requests goes to another origin than the server.');
    }
    return postToEndpoint(transport, request.url, Object.fromEntries(request.headers), await request.text());
  };
}
