import type { EpochSeconds } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { type ClientChoice, clientOfTokens } from '../registration/choose-client.js';
import { isSamePlace, type ServerBinding } from '../stores/records.js';
import { requestTokens } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import type { KnownServer } from './known-server.js';
import type { ClientEvent, SessionOptions } from './session-options.js';
import type { HeldToken, TokenKeeper } from './token-keeper.js';

/** Renews tokens. Does not take turns: whoever calls does nothing else with tokens meanwhile, in any process. */
export interface TokenRefresh {
  /**
   * New tokens for those that the store has now. Undefined where somebody has to sign in: the refresh token is spent, or
   * there is none.
   *
   * Only what `invalid_grant` says of is removed, and what a server that does not know a client any more has left of one that
   * registered itself. Any other refusal may be mended: by the right secret, or by whoever runs the server.
   *
   * @throws {OAuthClientError} where the refresh token may still be good
   */
  refresh(stored: HeldToken, server: AuthorizationServerMetadata): Promise<HeldToken | undefined>;
  /** What the store has, renewed where it is due. Undefined where somebody has to sign in. @throws {OAuthClientError} */
  renew(): Promise<HeldToken | undefined>;
}

/** A server that wants to be left alone is, until the time that it named. */
export function createTokenRefresh(
  choice: ClientChoice,
  knownServer: KnownServer,
  keeper: TokenKeeper,
  { grant, dpop }: Pick<SessionOptions, 'grant' | 'dpop'>,
  tell: (event: ClientEvent) => void,
): TokenRefresh {
  const { transport, records, now } = choice;
  let closedUntilEpochSeconds: EpochSeconds = 0;

  async function refresh(stored: HeldToken, server: AuthorizationServerMetadata): Promise<HeldToken | undefined> {
    const { tokens, dpopKey } = stored;
    const { refreshToken, resource, issuer, isLegacy } = tokens;
    // The assertion of a workload is its only proof: it has another one made.
    if (refreshToken === undefined || issuer !== server.issuer || grant.kind === 'jwt_bearer') return undefined;
    if (now() < closedUntilEpochSeconds) throw closed(closedUntilEpochSeconds - now());
    const place: ServerBinding = { issuer, resource, isLegacy };
    const known = await clientOfTokens(choice, server, tokens);
    if (known === undefined) return undefined;
    const { client, isSelfRegistered } = known;
    const parameters = { refresh_token: refreshToken, resource };
    const answer = await requestTokens(transport, server, client, { grantType: 'refresh_token', parameters, dpopKey });
    if (answer.ok) {
      const refreshed = await keeper.accept(place, {
        client,
        isSelfRegistered,
        response: answer.value,
        asked: tokens.scopes,
        dpopKey,
        mustBeBound: dpop === 'always' || (tokens.tokenType === 'DPoP' && isBoundOnly(place)),
        previousRefreshToken: refreshToken,
      });
      tell({ type: 'refreshed', issuer });
      return refreshed;
    }
    const { failure, retryAfterSeconds } = answer;
    if (failure.kind === 'unavailable') closedUntilEpochSeconds = now() + (retryAfterSeconds ?? 0);
    const isForgotten = failure.kind === 'refused' && failure.error === 'invalid_client' && isSelfRegistered;
    const isSpent = failure.kind === 'refused' && failure.error === 'invalid_grant';
    if (!isSpent && !isForgotten) throw tokenRefusal(answer);
    await keeper.drop(stored);
    if (isForgotten) await keeper.remove(() => records.removeRegistration(place, tokens.clientId));
    return undefined;
  }

  function isBoundOnly(place: ServerBinding): boolean {
    const found = knownServer.last();
    if (found === undefined || !found.isDpopRequired) return false;
    const { resource, isLegacy, authorizationServer } = found;
    return isSamePlace({ issuer: authorizationServer.issuer, resource, isLegacy }, place);
  }

  return {
    refresh,
    async renew() {
      const before = keeper.held();
      const stored = await keeper.load();
      if (stored !== before) {
        if (before !== undefined && stored !== undefined) tell({ type: 'adopted', issuer: stored.tokens.issuer });
        keeper.hold(stored);
      }
      if (stored === undefined || !keeper.isDue(stored)) return stored;
      if (stored.tokens.refreshToken === undefined) return keeper.isOver(stored) ? undefined : stored;
      try {
        return await refresh(stored, await knownServer.of(stored.tokens));
      } catch (error) {
        // It is good for a little longer: whoever calls next tries again.
        if (!keeper.isOver(stored)) return stored;
        throw error;
      }
    },
  };
}

function closed(seconds: number): OAuthClientError {
  return new OAuthClientError(
    'server_unavailable',
    `The authorization server asked to be left alone. Try again in ${seconds} s.`,
  );
}
