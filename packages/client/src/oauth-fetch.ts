import { parseUrl } from '@portcullis/protocol';
import {
  allowInsecureRequests,
  customFetch,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
} from 'oauth4webapi';
import { type ResourceChallenge, readResourceChallenge } from './discovery/challenge.js';
import { isResourceOf } from './discovery/resource-match.js';
import type { FetchLike } from './http/fetch-transport.js';
import { type Resendable, toResendable } from './http/resendable.js';
import { unlessAborted } from './http/unless-aborted.js';
import { OAuthClientError } from './oauth-client-error.js';
import { operationOf } from './session/operation.js';
import { createSession, type HeldToken, type OAuthSession } from './session/session.js';
import type { SessionOptions } from './session/session-options.js';
import type { DpopKey } from './tokens/dpop-key.js';

/** How an {@link createOAuthFetch OAuth-aware fetch} works. */
export interface OAuthFetchOptions extends SessionOptions {
  /** Calls the MCP server, which the user named. @defaultValue the platform's `fetch` */
  readonly fetch?: FetchLike;
}

/** Authorizations that one operation may lead to before it is given up (MCP, Step-Up Authorization Flow). */
const MAX_ATTEMPTS = 3;
/** Operations whose attempts are remembered. */
const MAX_OPERATIONS = 1000;
const MAX_REDIRECTS = 3;

/**
 * A `fetch` that signs in. Requests to the MCP server carry its token; a 401 leads to discovery, registration, sign-in or
 * refresh, a 403 `insufficient_scope` to a step-up, and the request is sent again. Fits wherever a `fetch` is taken: the
 * transports of the official SDK, v1 and v2, among them. Requests to any other address go out as they are.
 *
 * Whoever cancels a call is heard at once, also while a person is waited for. The person goes on being waited for, and what
 * comes of it serves the next call.
 *
 * A redirect is followed within the resource only. A request that has an `Authorization` of its own is left alone.
 *
 * @throws {OAuthClientError} the fetch does, where nothing more can be done; at once on options that do not go together
 */
export function createOAuthFetch(options: OAuthFetchOptions): FetchLike {
  return createSessionFetch(createSession(options), options.fetch);
}

/** {@link createOAuthFetch} over a session that others use too. */
export function createSessionFetch(session: OAuthSession, fetch: FetchLike = globalThis.fetch): FetchLike {
  const attempts = new Map<string, number>();
  const resource = session.serverUrl.origin + session.serverUrl.pathname;

  /** @throws when there were too many: for good, since a server that never has enough would ask for ever */
  function countAttempt(operation: string): () => void {
    const count = (attempts.get(operation) ?? 0) + 1;
    if (count > MAX_ATTEMPTS) {
      throw new OAuthClientError(
        'authorization_exhausted',
        `The server refuses every token that is issued for it (${MAX_ATTEMPTS} tries). Sign out and in again, or ask whoever runs it.`,
      );
    }
    if (attempts.size >= MAX_OPERATIONS && !attempts.has(operation)) attempts.clear();
    attempts.set(operation, count);
    return () => attempts.set(operation, Math.max(0, (attempts.get(operation) ?? 0) - 1));
  }

  return async (input, init) => {
    const request = toResendable(input, init);
    const isOurs = isResourceOf(resource, new URL(request.url)) && !request.headers.has('authorization');
    if (!isOurs) return fetch(input, init);
    const signal = init?.signal ?? (input instanceof Request ? input.signal : undefined);
    signal?.throwIfAborted();
    let operation: string | undefined;
    let token = await unlessAborted(session.current(), signal);
    let hasAnsweredNonce = false;
    for (;;) {
      const response = await sendWithin(fetch, resource, request, token);
      if (response.status !== 401 && response.status !== 403) {
        if (operation !== undefined) attempts.delete(operation);
        return response;
      }
      const challenge = readResourceChallenge(response.headers, token?.tokens.tokenType);
      if (!isAuthorizationMatter(response, challenge)) return response;
      discard(response);
      if (challenge.error === 'use_dpop_nonce' && token?.dpopKey !== undefined && !hasAnsweredNonce) {
        // The nonce was taken from the answer already.
        hasAnsweredNonce = true;
        continue;
      }
      const name = operation ?? (await operationOf(request.copy()));
      operation = name;
      const attempt = (): (() => void) => countAttempt(name);
      const next =
        response.status === 403 && token !== undefined
          ? session.stepUp(token, challenge, attempt)
          : session.replace(token, challenge, attempt);
      token = await unlessAborted(next, signal);
    }
  };
}

/** A 401 always is; a 403 where it says that a scope is missing. Any other 403 is a no that no sign-in changes. */
function isAuthorizationMatter(response: Response, challenge: ResourceChallenge): boolean {
  return response.status === 401 || challenge.error === 'insufficient_scope';
}

function discard(response: Response): void {
  void response.body?.cancel().catch(() => undefined);
}

/** Sends with the token, and follows redirects within `resource`: another path of the host may be another tenant's. */
async function sendWithin(
  fetch: FetchLike,
  resource: string,
  request: Resendable,
  token: HeldToken | undefined,
): Promise<Response> {
  let url = request.url;
  for (let redirects = 0; ; redirects += 1) {
    const response = await send(fetch, url, request, token);
    const isRedirect = [301, 302, 303, 307, 308].includes(response.status) || response.type === 'opaqueredirect';
    if (!isRedirect) return response;
    const location = response.headers.get('location');
    discard(response);
    const target = location === null ? undefined : parseUrl(location, url);
    const isWithin = target !== undefined && target.username === '' && isResourceOf(resource, target);
    // Only these keep method and body; the others would turn a call into a read.
    const keepsMethod = response.status === 307 || response.status === 308 || request.method === 'GET';
    if (target === undefined || !isWithin || !keepsMethod || redirects === MAX_REDIRECTS) {
      throw new OAuthClientError(
        'redirect_refused',
        'The server redirects to another place, where its token must not be sent. Use the URL that it redirects to, if you trust it.',
      );
    }
    url = target.href;
  }
}

function send(fetch: FetchLike, url: string, request: Resendable, token: HeldToken | undefined): Promise<Response> {
  if (token?.tokens.tokenType === 'DPoP' && token.dpopKey !== undefined) {
    return sendWithProof(fetch, url, request, token.tokens.accessToken, token.dpopKey);
  }
  const headers = new Headers(request.headers);
  if (token !== undefined) headers.set('authorization', `Bearer ${token.tokens.accessToken}`);
  return request.send(fetch, url, headers);
}

/** The library makes the proof of this request, and keeps the nonces that answers bring (RFC 9449 §7.1, §9). */
async function sendWithProof(
  fetch: FetchLike,
  url: string,
  request: Resendable,
  accessToken: string,
  dpopKey: DpopKey,
): Promise<Response> {
  try {
    return await protectedResourceRequest(accessToken, request.method, new URL(url), request.headers, undefined, {
      DPoP: dpopKey.handle,
      // The scheme was vetted with the server's URL: http leads to this computer only.
      [allowInsecureRequests]: true,
      [customFetch]: (_url, { headers }) => request.send(fetch, url, new Headers(headers)),
    });
  } catch (error) {
    // A challenge is an answer like another; what it asks for is decided by the caller.
    if (error instanceof WWWAuthenticateChallengeError) return error.response;
    throw error;
  }
}
