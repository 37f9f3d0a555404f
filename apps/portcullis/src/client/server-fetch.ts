import type { FetchLike } from '@portcullis/client';
import { Agent, fetch as undiciFetch } from 'undici';

const CONNECT_TIMEOUT_MILLISECONDS = 15_000;

/**
 * A `fetch` for the MCP server. It waits for an answer, and between its parts, for as long as the server takes: a tool may
 * work for an hour, and a stream may be quiet for a day, where the platform's `fetch` gives up after five minutes. Whoever
 * calls bounds what it reads, and aborts. A certificate that is not valid is refused, also where the environment says otherwise
 * (`NODE_TLS_REJECT_UNAUTHORIZED`; `NODE_EXTRA_CA_CERTS` names one to trust), and no redirect is followed: headers that were
 * meant for one server would go to another.
 */
export function createServerFetch(): FetchLike {
  const dispatcher = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MILLISECONDS, rejectUnauthorized: true },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return async (input, init) => {
    const request = new Request(input, init);
    const { url, method, headers } = request;
    // That of the request itself follows the caller's for as long as somebody holds the request, and nobody does below.
    const signal = init?.signal ?? request.signal;
    // With its length, which not every server can do without.
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const response = await undiciFetch(url, {
      method,
      headers: [...headers],
      redirect: 'manual',
      signal,
      dispatcher,
      ...(body === undefined ? {} : { body }),
    });
    // One class of the platform under two names: this is the implementation that the platform has a copy of.
    return response as unknown as Response;
  };
}
