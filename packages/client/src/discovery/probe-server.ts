import { codeOfCause } from '../http/code-of-cause.js';
import type { FetchLike } from '../http/fetch-transport.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { type ResourceChallenge, readResourceChallenge } from './challenge.js';

/** What a server answers to somebody without a token. */
export type ProbeAnswer =
  | { readonly kind: 'challenged'; readonly challenge: ResourceChallenge }
  /** It wants none, for this at least. */
  | { readonly kind: 'not_challenged' };

const TIMEOUT_MILLISECONDS = 15_000;

/**
 * Asks a server without a token, so that it says what it wants (MCP, Protected Resource Metadata Discovery). A `ping`
 * changes nothing, whichever revision the server speaks, and whether it answers it does not matter.
 *
 * @throws {OAuthClientError} `server_unavailable`
 */
export async function probeServer(serverUrl: URL, fetch: FetchLike): Promise<ProbeAnswer> {
  let response: Response;
  try {
    response = await fetch(serverUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      body: '{"jsonrpc":"2.0","id":1,"method":"ping"}',
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MILLISECONDS),
    });
  } catch (cause) {
    const message = `${serverUrl.origin} cannot be reached${codeOfCause(cause)}. Check the URL, and whether the server runs.`;
    throw new OAuthClientError('server_unavailable', message, { cause });
  }
  void response.body?.cancel().catch(() => undefined);
  if (response.status >= 500 || response.status === 429) {
    const isNotImplemented = response.status === 501;
    const advice = isNotImplemented ? 'Check that the URL is that of an MCP server.' : 'Try again later.';
    const message = `${serverUrl.origin} answers with HTTP ${response.status}. ${advice}`;
    throw new OAuthClientError('server_unavailable', message, { status: response.status });
  }
  return response.status === 401
    ? { kind: 'challenged', challenge: readResourceChallenge(response.headers) }
    : { kind: 'not_challenged' };
}
