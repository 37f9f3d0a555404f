import type { CustomFetchOptions } from 'oauth4webapi';
import type { Transport } from '../http/transport.js';
import { OAuthClientError } from '../oauth-client-error.js';

const MAX_BYTES = 1024 * 1024;
const TIMEOUT_MILLISECONDS = 10_000;

/** What `oauth4webapi` calls to reach an endpoint. */
export type EndpointFetch = (url: string, options: CustomFetchOptions<'POST', URLSearchParams>) => Promise<Response>;

/**
 * A transport as the protocol library calls it.
 *
 * @param name - the endpoint in the words of an error
 * @throws {OAuthClientError} `server_unavailable`, `url_refused` or `token_response_invalid` where there is no answer
 */
export function endpointFetch(transport: Transport, name = 'token endpoint'): EndpointFetch {
  return (url, { headers, body }) => postToEndpoint(transport, url, headers, body.toString(), name);
}

/**
 * Sends one request to an endpoint of an authorization server.
 *
 * @throws {OAuthClientError} as {@link endpointFetch}
 */
export async function postToEndpoint(
  transport: Transport,
  url: string,
  headers: Readonly<Record<string, string>>,
  body: string,
  name = 'token endpoint',
): Promise<Response> {
  const answer = await transport({
    url,
    method: 'POST',
    headers: { ...headers, accept: 'application/json' },
    body,
    maxBytes: MAX_BYTES,
    timeoutMilliseconds: TIMEOUT_MILLISECONDS,
  });
  if (answer.ok) {
    const { status, headers: answered, body: bytes } = answer.value;
    // A status that says there is no body would make the platform refuse to build one.
    const isBodiless = status === 204 || status === 205 || status === 304;
    return new Response(isBodiless ? null : bytes, { status, headers: answered });
  }
  if (answer.failure === 'too_large') {
    throw new OAuthClientError(
      'token_response_invalid',
      `The answer of the ${name} is longer than any that it could give.`,
    );
  }
  throw answer.failure === 'address_refused'
    ? new OAuthClientError('url_refused', `The ${name} leads to an address that is not allowed. Nothing was sent.`)
    : new OAuthClientError(
        'server_unavailable',
        `The ${name} at ${new URL(url).origin} does not answer. Try again later.`,
      );
}
