import type { EpochSeconds } from '@portcullis/protocol';
import type { GrantedTokens } from '../grants/grant.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ServerBinding, TokenClient, TokenSet } from '../stores/records.js';
import type { SessionRecords } from '../stores/session-records.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { type DpopKey, openDpopKey } from '../tokens/dpop-key.js';
import type { ClientEvent, SessionOptions } from './session-options.js';

/** A token in use, with the key it is bound to. */
export interface HeldToken {
  readonly tokens: TokenSet;
  /** Of a DPoP token. */
  readonly dpopKey: DpopKey | undefined;
}

/** Newly issued tokens, and what they were asked for with. */
export interface IssuedTokens extends GrantedTokens {
  readonly asked: readonly string[];
  readonly dpopKey: DpopKey | undefined;
  /** Whether the client registered itself. The secret of any other one is not kept. */
  readonly isSelfRegistered: boolean;
  /** Whether a token that is bound to nothing will not do. */
  readonly mustBeBound: boolean;
  /** The one that goes on being good where none was issued; undefined after a sign-in. */
  readonly previousRefreshToken: string | undefined;
}

/** The token that a session holds in memory, and what the store has of it. */
export interface TokenKeeper {
  /** What is in memory. */
  held(): HeldToken | undefined;
  /** Puts another one in its place. The store stays as it is. */
  hold(token: HeldToken | undefined): void;
  /** The same, and while that is nothing, what the store has: another process may have signed in meanwhile. */
  heldOrKept(): Promise<HeldToken | undefined>;
  /**
   * What the store has, which is newer than what is held where another process was at work. What could not be kept counts
   * until somebody else has kept something. Tokens of another client than the one that was registered by hand count as none.
   */
  load(): Promise<HeldToken | undefined>;
  /** Removes tokens whose refresh token was refused, unless the store has another one by now. */
  drop(refused: HeldToken): Promise<void>;
  /** What another process has come by in place of `refused`, where it has the scopes that are needed. It is held then. */
  adopt(refused: HeldToken | undefined, needed: readonly string[]): Promise<HeldToken | undefined>;
  /** Takes over newly issued tokens. They are used even where they cannot be kept. @throws {OAuthClientError} */
  accept(place: ServerBinding, issued: IssuedTokens): Promise<HeldToken>;
  /** Forgets what is held, so that the store alone counts. */
  forget(): void;
  /** Removes something from the store. A store that fails is told of, and holds nothing up. */
  remove(work: () => Promise<void>): Promise<void>;
  /** Whether it is time to renew it. */
  isDue(token: HeldToken): boolean;
  /** Whether its time is over. */
  isOver(token: HeldToken): boolean;
}

const NOT_SAVED = 'What was signed in could not be saved: it lasts until this program ends.';
const NOT_REMOVED =
  'What is no longer good could not be deleted from the store: the next program to start tries it again.';
const REFRESH_AHEAD_SECONDS = 60;

/** A keeper that holds nothing yet. Does not take turns: whoever calls does one thing at a time. */
export function createTokenKeeper(
  records: SessionRecords,
  options: Pick<SessionOptions, 'refreshAheadSeconds' | 'client'>,
  now: () => EpochSeconds,
  tell: (event: ClientEvent) => void,
): TokenKeeper {
  let held: HeldToken | undefined;
  /** What is held could not be kept. */
  let isUnsaved = false;
  /** What the store had when that was last known. */
  let seen: TokenSet | undefined;

  async function loadStored(): Promise<TokenSet | undefined> {
    const tokens = await records.loadBoundTokens();
    const ownId = options.client?.preRegistered?.clientId;
    return ownId === undefined || tokens?.clientId === ownId ? tokens : undefined;
  }

  async function load(): Promise<HeldToken | undefined> {
    const tokens = isUnsaved ? await loadStored().catch(() => undefined) : await loadStored();
    if (isUnsaved && (tokens === undefined || isSameTokens(tokens, seen))) return held;
    isUnsaved = false;
    seen = tokens;
    if (tokens === undefined) return undefined;
    if (isSameTokens(tokens, held?.tokens)) return held;
    const dpopKey = await keyOf(tokens);
    return tokens.tokenType === 'DPoP' && dpopKey === undefined ? undefined : { tokens, dpopKey };
  }

  /** One that is in use goes on being used: it remembers what servers told it. */
  async function keyOf({ dpopKey }: TokenSet): Promise<DpopKey | undefined> {
    if (dpopKey === undefined) return undefined;
    return held?.dpopKey?.privateJwk === dpopKey ? held.dpopKey : openDpopKey(dpopKey);
  }

  function isOver({ tokens }: HeldToken): boolean {
    return tokens.expiresAtEpochSeconds !== undefined && now() >= tokens.expiresAtEpochSeconds;
  }

  async function change(work: () => Promise<void>, message: string): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (cause) {
      tell({ type: 'not_saved', error: new OAuthClientError('store_failed', message, { cause }) });
      return false;
    }
  }

  async function remove(work: () => Promise<void>): Promise<void> {
    await change(work, NOT_REMOVED);
  }

  return {
    held: () => held,
    hold(token) {
      held = token;
    },
    load,
    isOver,
    remove,
    async heldOrKept() {
      held ??= await load();
      return held;
    },
    async drop(refused) {
      const stored = await load();
      if (stored?.tokens.refreshToken !== refused.tokens.refreshToken) return;
      held = undefined;
      isUnsaved = false;
      await remove(() => records.removeTokens(refused.tokens));
    },
    async adopt(refused, needed) {
      const stored = await load();
      if (stored === undefined || stored.tokens.accessToken === refused?.tokens.accessToken || isOver(stored))
        return undefined;
      if (!needed.every((scope) => stored.tokens.scopes.includes(scope))) return undefined;
      if (stored !== held) tell({ type: 'adopted', issuer: stored.tokens.issuer });
      held = stored;
      return stored;
    },
    async accept(place, issued) {
      const { client, isSelfRegistered, response, asked, dpopKey, mustBeBound, previousRefreshToken } = issued;
      if (mustBeBound && response.tokenType === 'Bearer') {
        throw new OAuthClientError(
          'token_response_invalid',
          'The authorization server issued a token that is bound to no key, where only one that is bound will do.',
        );
      }
      if (response.tokenType === 'DPoP' && dpopKey === undefined) {
        throw new OAuthClientError('token_response_invalid', 'The token is bound to a key, and none was presented.');
      }
      const granted = response.scopes ?? asked;
      if (granted.some((scope) => asked.length > 0 && !asked.includes(scope))) {
        tell({ type: 'scopes_differ', asked, granted });
      }
      const { expiresInSeconds } = response;
      const issuedAtEpochSeconds = now();
      const tokens: TokenSet = {
        issuer: place.issuer,
        resource: place.resource,
        isLegacy: place.isLegacy,
        clientId: client.registration.clientId,
        client: toTokenClient(client, isSelfRegistered),
        accessToken: response.accessToken,
        tokenType: response.tokenType,
        issuedAtEpochSeconds,
        expiresAtEpochSeconds: expiresInSeconds === undefined ? undefined : issuedAtEpochSeconds + expiresInSeconds,
        refreshToken: response.refreshToken ?? previousRefreshToken,
        scopes: granted,
        // A key proves who refreshes too, whatever the type of the token (RFC 9449 §5).
        dpopKey: dpopKey?.privateJwk,
      };
      const accepted = { tokens, dpopKey };
      held = accepted;
      isUnsaved = !(await change(async () => {
        await records.saveTokens(place, tokens);
        seen = tokens;
        await records.saveBinding(place);
      }, NOT_SAVED));
      return accepted;
    },
    forget() {
      held = undefined;
      isUnsaved = false;
    },
    isDue({ tokens }) {
      const { issuedAtEpochSeconds, expiresAtEpochSeconds } = tokens;
      if (expiresAtEpochSeconds === undefined) return false;
      const lifetimeSeconds = expiresAtEpochSeconds - issuedAtEpochSeconds;
      const aheadSeconds = options.refreshAheadSeconds ?? Math.min(REFRESH_AHEAD_SECONDS, lifetimeSeconds / 10);
      return now() >= expiresAtEpochSeconds - aheadSeconds;
    },
  };
}

function isSameTokens(one: TokenSet, other: TokenSet | undefined): boolean {
  return one.accessToken === other?.accessToken && one.refreshToken === other.refreshToken;
}

function toTokenClient({ registration }: ProvenClient, isSelfRegistered: boolean): TokenClient {
  const { authMethod, clientSecret, secretExpiresAtEpochSeconds } = registration;
  return {
    isSelfRegistered,
    authMethod,
    clientSecret: isSelfRegistered ? clientSecret : undefined,
    secretExpiresAtEpochSeconds,
  };
}
