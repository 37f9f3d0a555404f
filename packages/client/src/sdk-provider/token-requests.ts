import { OAuthClientError } from '../oauth-client-error.js';
import { type ClientChoice, clientOfTokens, recallClient } from '../registration/choose-client.js';
import type { OAuthSession } from '../session/session.js';
import { holdLease } from '../stores/hold-lease.js';
import { clientAuthentication, type ProvenClient } from '../tokens/client-authentication.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import { parseTokenResponse } from '../tokens/token-response.js';
import type { Target } from './discovery-state.js';
import type { SdkTokenResponse } from './sdk-shapes.js';
import type { CheckedCode } from './sign-in-turn.js';

/** A token request of an SDK, at the moment before it is sent. */
export interface SdkTokenRequest {
  readonly headers: Headers;
  readonly params: URLSearchParams;
  readonly url: string | URL;
}

/** A code on its way to the token endpoint. */
export interface Redemption extends CheckedCode {
  isSent: boolean;
  /** The server did not take it. */
  isRefused: boolean;
}

/** The token requests that an SDK sends, one at a time of all who share the store. */
export interface TokenRequests {
  /**
   * Completes a request: what proves the client, the resource byte for byte, and the newest refresh token that there is.
   *
   * @param redemption - the code that is being redeemed, and sent once; undefined outside of a sign-in
   * @throws {OAuthClientError} where it must not be sent. After a refresh an SDK asks the person then
   */
  complete(request: SdkTokenRequest, target: Target, redemption: Redemption | undefined): Promise<void>;
  /** Keeps what came of the request. @throws {OAuthClientError} `token_response_invalid`, and nothing is kept */
  accept(tokens: SdkTokenResponse): Promise<{ readonly issuer: string; readonly isRefresh: boolean }>;
  /** The request under way has come to nothing. */
  end(): void;
}

interface RequestUnderWay {
  readonly target: Target;
  readonly client: ProvenClient;
  readonly asked: readonly string[];
  /** What the SDK believes that it has sent, and what was sent. */
  readonly refreshToken: { readonly given: string | null; readonly sent: string } | undefined;
  readonly end: () => void;
}

/** How long an SDK is waited for. It does not tell of every failure. */
const LEASE_SECONDS = 15;

const utf8 = new TextEncoder();

/** Token requests for one server. */
export function createTokenRequests(session: OAuthSession, choice: ClientChoice): TokenRequests {
  let underWay: RequestUnderWay | undefined;

  function redeem(params: URLSearchParams, target: Target, redemption: Redemption) {
    const { code, codeVerifier, redirectUri, clientId, scopes } = redemption;
    if (redemption.target !== target || params.get('code') !== code || redemption.isSent) throw refused();
    redemption.isSent = true;
    params.set('code_verifier', codeVerifier);
    params.set('redirect_uri', redirectUri);
    return { clientId, tokens: undefined, asked: scopes, refreshToken: undefined };
  }

  /** Another process may have refreshed since the SDK read its token: a token that is spent would end the grant. */
  async function refresh(params: URLSearchParams, { place }: Target) {
    const tokens = await session.status();
    const isOfPlace =
      tokens?.issuer === place.issuer && tokens.resource === place.resource && tokens.isLegacy === place.isLegacy;
    if (!isOfPlace || tokens.refreshToken === undefined || tokens.dpopKey !== undefined) throw refused();
    const refreshToken = { given: params.get('refresh_token'), sent: tokens.refreshToken };
    params.set('refresh_token', refreshToken.sent);
    return { clientId: tokens.clientId, tokens, asked: tokens.scopes, refreshToken };
  }

  async function fill(params: URLSearchParams, target: Target, redemption: Redemption | undefined) {
    const grantType = params.get('grant_type');
    if (grantType === 'refresh_token') return refresh(params, target);
    if (grantType === 'authorization_code' && redemption !== undefined) return redeem(params, target, redemption);
    throw refused();
  }

  return {
    async complete({ headers, params, url }, target, redemption) {
      const { server, place } = target;
      if (server.tokenEndpoint === undefined || new URL(url).href !== new URL(server.tokenEndpoint).href) {
        throw refused();
      }
      const end = await holdLease(choice.records, LEASE_SECONDS);
      try {
        const { clientId, tokens, ...request } = await fill(params, target, redemption);
        const client =
          tokens === undefined
            ? await recallClient(choice, server, place, undefined, clientId)
            : (await clientOfTokens(choice, server, tokens))?.client;
        if (client?.registration.clientId !== clientId) throw refused();
        params.set('resource', place.resource);
        const authorizationServer = { issuer: server.issuer, token_endpoint: server.tokenEndpoint };
        await clientAuthentication(client)(authorizationServer, { client_id: clientId }, params, headers);
        underWay = { target, client, ...request, end };
      } catch (error) {
        end();
        throw error;
      }
    },
    async accept({ access_token, token_type, expires_in, refresh_token, scope }) {
      const done = underWay;
      underWay = undefined;
      if (done === undefined) {
        throw new OAuthClientError('configuration_invalid', 'These tokens are not of a request that was made here.');
      }
      const { target, client, asked, refreshToken, end } = done;
      try {
        // An SDK that is told no new refresh token repeats the one that it has in mind.
        const newest =
          refreshToken !== undefined && refresh_token === refreshToken.given ? refreshToken.sent : refresh_token;
        const members = { access_token, token_type, expires_in, refresh_token: newest, scope };
        const parsed = parseTokenResponse(200, utf8.encode(JSON.stringify(members)));
        if (!parsed.ok) throw tokenRefusal({ ...parsed, retryAfterSeconds: undefined });
        await session.take(target.place, { client, response: parsed.value }, asked);
        return { issuer: target.place.issuer, isRefresh: refreshToken !== undefined };
      } finally {
        end();
      }
    },
    end: () => underWay?.end(),
  };
}

function refused(): OAuthClientError {
  return new OAuthClientError(
    'issuer_changed',
    'A token request was not sent: what it carries is not for that token endpoint, or was sent before. Sign in again.',
  );
}
