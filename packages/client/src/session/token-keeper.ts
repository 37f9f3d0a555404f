import type { EpochSeconds } from '@portcullis/protocol';
import type { GrantedTokens } from '../grants/grant.js';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ServerBinding, TokenSet } from '../stores/records.js';
import type { SessionRecords } from '../stores/session-records.js';
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
  /** What the store has, which is newer than what is held where another process was at work. */
  load(): Promise<HeldToken | undefined>;
  /** What another process has come by in place of `refused`, where it has the scopes that are needed. It is held then. */
  adopt(refused: HeldToken | undefined, needed: readonly string[]): Promise<HeldToken | undefined>;
  /** Takes over newly issued tokens. They are used even where they cannot be kept. @throws {OAuthClientError} */
  accept(place: ServerBinding, issued: IssuedTokens): Promise<HeldToken>;
  /** Forgets what is held, so that the store alone counts. */
  forget(): void;
  /** Deletes from the store. A store that fails is told of, and holds nothing up. False where it failed. */
  change(work: () => Promise<void>): Promise<boolean>;
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
  options: Pick<SessionOptions, 'refreshAheadSeconds'>,
  now: () => EpochSeconds,
  tell: (event: ClientEvent) => void,
): TokenKeeper {
  let held: HeldToken | undefined;
  /** What is held is not what the store has: it could not be kept. */
  let isUnsaved = false;

  async function load(): Promise<HeldToken | undefined> {
    if (isUnsaved) return held;
    const binding = await records.loadBinding();
    const tokens = binding === undefined ? undefined : await records.loadTokens(binding);
    if (tokens === undefined) return undefined;
    if (tokens.accessToken === held?.tokens.accessToken) return held;
    const dpopKey = tokens.dpopKey === undefined ? undefined : await openDpopKey(tokens.dpopKey);
    return tokens.tokenType === 'DPoP' && dpopKey === undefined ? undefined : { tokens, dpopKey };
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

  return {
    held: () => held,
    hold(token) {
      held = token;
    },
    load,
    isOver,
    change: (work) => change(work, NOT_REMOVED),
    async heldOrKept() {
      held ??= await load();
      return held;
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
    async accept(place, { client, response, asked, dpopKey, previousRefreshToken }) {
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
