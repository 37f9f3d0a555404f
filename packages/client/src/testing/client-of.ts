import { authorizationCode } from '../grants/authorization-code.js';
import type { OAuthFetchOptions } from '../oauth-fetch.js';
import type { ProtectedServer } from './protected-server.js';

/** The options of a client of `server`, who signs in by a browser. Where a test changes the server, the client sees it. */
export function optionsFor(server: ProtectedServer, options: Partial<OAuthFetchOptions> = {}): OAuthFetchOptions {
  return {
    serverUrl: server.serverUrl,
    transport: (request) => server.transport(request),
    fetch: (input, init) => server.fetch(input, init),
    grant: authorizationCode(server.signIn),
    ...options,
  };
}

/** A request that asks for something and has a body. */
export const CALL: RequestInit = {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'wipe' } }),
};
