import type { EpochSeconds } from '@portcullis/protocol';
import type { AuthorizationServerMetadata } from '../discovery/authorization-server.js';
import type { ResourceChallenge } from '../discovery/challenge.js';
import type { Discovered } from '../discovery/discover.js';
import type { GrantedTokens } from '../grants/grant.js';
import { parseEndpointUrl } from '../http/checked-url.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { chooseClient, isReplaceable, recallClient } from '../registration/choose-client.js';
import { createMemoryStore } from '../stores/memory-store.js';
import type { ServerBinding, TokenSet } from '../stores/records.js';
import { createSessionRecords } from '../stores/session-records.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { createDpopKey, type DpopKey, openDpopKey } from '../tokens/dpop-key.js';
import { requestTokens } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import { type Attempt, unlessDown } from './attempt.js';
import { createKnownServer } from './known-server.js';
import { challengedScopes, initialScopes, union, withOfflineAccess } from './scopes.js';
import { type ClientEvent, DEFAULT_PROFILE, type SessionOptions } from './session-options.js';
import { createSharedWork } from './shared-work.js';
import { type SignOut, signOut } from './sign-out.js';

/** A token in use, with the key it is bound to. */
export interface HeldToken {
  readonly tokens: TokenSet;
  /** Of a DPoP token. */
  readonly dpopKey: DpopKey | undefined;
}

/** The state of one client at one MCP server: which token to send, and how to come by the next one. */
export interface OAuthSession {
  readonly serverUrl: URL;
  /** The token to send now, renewed ahead of its end; undefined where nobody has signed in. */
  current(): Promise<HeldToken | undefined>;
  /**
   * A token in place of one that the server did not take, or the first one. Another process that has a newer one spares
   * the work.
   *
   * @param refused - what was sent, undefined where nothing was
   * @param attempt - called before a server is asked for a token, and not where there is one already; see {@link Attempt}
   */
  replace(refused: HeldToken | undefined, challenge: ResourceChallenge, attempt: Attempt): Promise<HeldToken>;
  /** A token with the scopes that the challenge names beside those that the refused one has. */
  stepUp(refused: HeldToken, challenge: ResourceChallenge, attempt: Attempt): Promise<HeldToken>;
  /** The tokens that are kept, whatever their state; undefined where nobody has signed in. Asks no server. */
  status(): Promise<TokenSet | undefined>;
  /**
   * Signs in anew, whatever is held.
   *
   * @param challenge - what the server answered to a request without a token: where its metadata are and which scopes it
   * wants. Without it they are looked for at the well-known addresses
   */
  signIn(challenge?: ResourceChallenge): Promise<HeldToken>;
  /** Forgets the tokens here, and tells the authorization server to end them. */
  signOut(): Promise<SignOut>;
}

const REFRESH_AHEAD_SECONDS = 60;

/**
 * A session. All work on tokens is done one at a time, in this process and among all that share the store: twenty calls
 * that find their token ended lead to one refresh, and share what comes of it, a failure too.
 *
 * @throws {OAuthClientError} `url_refused` or `configuration_invalid`
 */
export function createSession(options: SessionOptions): OAuthSession {
  const serverUrl = checkServerUrl(options.serverUrl);
  const { transport, grant } = options;
  const now = options.now ?? ((): EpochSeconds => Math.floor(Date.now() / 1000));
  const tell = (event: ClientEvent): void => options.onEvent?.(event);
  const records = createSessionRecords(
    options.store ?? createMemoryStore(),
    serverUrl,
    options.profile ?? DEFAULT_PROFILE,
  );
  const identity = options.client ?? {};
  const choice = { transport, records, identity, now };
  const knownServer = createKnownServer(serverUrl, options);

  let held: HeldToken | undefined;
  let isLoaded = false;
  /** What is held is not what the store has: it could not be kept. */
  let isUnsaved = false;
  let closedUntilEpochSeconds = 0;
  let queue: Promise<unknown> = Promise.resolve();
  const looking = createSharedWork<HeldToken | undefined>();
  const replacing = createSharedWork<HeldToken>();

  function oneAtATime<Value>(work: () => Promise<Value>): Promise<Value> {
    const mine = queue.then(work, work);
    queue = mine.catch(() => undefined);
    return mine;
  }

  /** The same among all who share the store; those who want the same at once share its outcome. */
  function replaceOnce(wanted: readonly unknown[], work: () => Promise<HeldToken>): Promise<HeldToken> {
    return replacing.run(JSON.stringify(wanted), () => oneAtATime(() => records.withLease(work)));
  }

  /** What the store has, which is newer than ours where another process was at work. */
  async function loadHeld(): Promise<HeldToken | undefined> {
    if (isUnsaved) return held;
    const binding = await records.loadBinding();
    const tokens = binding === undefined ? undefined : await records.loadTokens(binding);
    if (tokens === undefined) return undefined;
    if (tokens.accessToken === held?.tokens.accessToken) return held;
    const dpopKey = tokens.dpopKey === undefined ? undefined : await openDpopKey(tokens.dpopKey);
    return tokens.tokenType === 'DPoP' && dpopKey === undefined ? undefined : { tokens, dpopKey };
  }

  function isDue({ tokens }: HeldToken): boolean {
    const { issuedAtEpochSeconds, expiresAtEpochSeconds } = tokens;
    if (expiresAtEpochSeconds === undefined) return false;
    const lifetimeSeconds = expiresAtEpochSeconds - issuedAtEpochSeconds;
    const aheadSeconds = options.refreshAheadSeconds ?? Math.min(REFRESH_AHEAD_SECONDS, lifetimeSeconds / 10);
    return now() >= expiresAtEpochSeconds - aheadSeconds;
  }

  function isOver({ tokens }: HeldToken): boolean {
    return tokens.expiresAtEpochSeconds !== undefined && now() >= tokens.expiresAtEpochSeconds;
  }

  async function keep(work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (cause) {
      const message = 'What was signed in could not be saved: it lasts until this program ends.';
      tell({ type: 'not_saved', error: new OAuthClientError('store_failed', message, { cause }) });
      return false;
    }
  }

  /** Takes over newly issued tokens. They are used even where they cannot be kept. */
  async function accept(
    place: ServerBinding,
    { client, response }: GrantedTokens,
    asked: readonly string[],
    dpopKey: DpopKey | undefined,
    previousRefreshToken: string | undefined,
  ): Promise<HeldToken> {
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
    held = { tokens, dpopKey };
    isLoaded = true;
    isUnsaved = !(await keep(async () => {
      await records.saveTokens(place, tokens);
      await records.saveBinding(place);
    }));
    return held;
  }

  /** Undefined where the refresh token is spent, so that somebody has to sign in. @throws where it may still be good */
  async function refresh(old: HeldToken, server: AuthorizationServerMetadata): Promise<HeldToken | undefined> {
    const { tokens, dpopKey } = old;
    const { refreshToken, resource, issuer, isLegacy } = tokens;
    if (refreshToken === undefined || issuer !== server.issuer) return undefined;
    if (now() < closedUntilEpochSeconds) throw closed(closedUntilEpochSeconds - now());
    const place: ServerBinding = { issuer, resource, isLegacy };
    const client = await recallClient(choice, server, place, undefined);
    if (client?.registration.clientId !== tokens.clientId) return undefined;
    const parameters = { refresh_token: refreshToken, resource };
    const answer = await requestTokens(transport, server, client, { grantType: 'refresh_token', parameters, dpopKey });
    if (answer.ok) {
      const refreshed = await accept(place, { client, response: answer.value }, tokens.scopes, dpopKey, refreshToken);
      tell({ type: 'refreshed', issuer });
      return refreshed;
    }
    const { failure, retryAfterSeconds } = answer;
    if (failure.kind === 'unavailable') {
      closedUntilEpochSeconds = now() + (retryAfterSeconds ?? 0);
      throw tokenRefusal(answer);
    }
    // Malformed says nothing of the token: it is kept, and tried again by the next call.
    if (failure.kind === 'malformed') throw tokenRefusal(answer);
    await keep(() => records.removeTokens(place));
    if (failure.error === 'invalid_client' && isReplaceable(identity, client)) {
      await keep(() => records.removeRegistration(place));
    }
    return undefined;
  }

  async function signIn(found: Discovered, scopes: readonly string[], wantsDpop: boolean): Promise<HeldToken> {
    const { authorizationServer: server, resource, isLegacy } = found;
    const place: ServerBinding = { issuer: server.issuer, resource, isLegacy };
    const isBound = options.dpop === 'always' || wantsDpop || found.isDpopRequired;
    const dpopKey = isBound ? await createDpopKey() : undefined;
    const asked =
      grant.kind === 'authorization_code' || grant.kind === 'device_code' ? withOfflineAccess(scopes, server) : scopes;
    tell({ type: 'signing_in', issuer: server.issuer });
    const granted = await grant.obtain({
      transport,
      server,
      resource,
      scopes: asked,
      dpopKey,
      now,
      chooseClient: (use) => chooseClient(choice, server, place, use),
      knownRedirectUris: async () => (await records.loadRegistration(place))?.redirectUris ?? [],
      async forgetClient(client: ProvenClient) {
        if (!isReplaceable(identity, client)) return false;
        await records.removeRegistration(place);
        return true;
      },
    });
    const accepted = await accept(place, granted, asked, dpopKey, undefined);
    tell({ type: 'signed_in', issuer: server.issuer, scopes: accepted.tokens.scopes });
    return accepted;
  }

  /** What another process has come by meanwhile, if that is of use. */
  async function adopt(refused: HeldToken | undefined, needed: readonly string[]): Promise<HeldToken | undefined> {
    const stored = await loadHeld();
    if (stored === undefined || stored.tokens.accessToken === refused?.tokens.accessToken || isOver(stored))
      return undefined;
    if (!needed.every((scope) => stored.tokens.scopes.includes(scope))) return undefined;
    if (stored !== held) tell({ type: 'adopted', issuer: stored.tokens.issuer });
    held = stored;
    return stored;
  }

  async function renew(): Promise<HeldToken | undefined> {
    return records.withLease(async () => {
      const before = held;
      const stored = await loadHeld();
      if (stored === undefined) {
        held = undefined;
        return undefined;
      }
      if (stored !== before) {
        if (before !== undefined) tell({ type: 'adopted', issuer: stored.tokens.issuer });
        held = stored;
      }
      if (!isDue(stored)) return stored;
      const binding = await records.loadBinding();
      if (stored.tokens.refreshToken === undefined || binding === undefined) return isOver(stored) ? undefined : stored;
      try {
        return await refresh(stored, await knownServer.of(binding));
      } catch (error) {
        // It is good for a little longer: whoever calls next tries again.
        if (!isOver(stored)) return stored;
        throw error;
      }
    });
  }

  return {
    serverUrl,
    current: () =>
      held !== undefined && !isDue(held)
        ? Promise.resolve(held)
        : looking.run('', () =>
            oneAtATime(async () => {
              if (held !== undefined && !isDue(held)) return held;
              if (held === undefined && !isLoaded) {
                isLoaded = true;
                held = await loadHeld();
                if (held === undefined || !isDue(held)) return held;
              }
              return held === undefined ? undefined : renew();
            }),
          ),
    replace: (refused, challenge, attempt) =>
      replaceOnce(['replace', refused?.tokens.accessToken], async () => {
        const adopted = await adopt(refused, []);
        if (adopted !== undefined) return adopted;
        const takeBack = attempt();
        // Whatever was known may be why it was refused: the server may have moved to another authorization server.
        const found = await unlessDown(knownServer.discover(challenge), takeBack);
        const { authorizationServer: server, isLegacy } = found;
        const isSame =
          refused?.tokens.issuer === server.issuer &&
          refused.tokens.resource === found.resource &&
          refused.tokens.isLegacy === isLegacy;
        const refreshed = isSame ? await unlessDown(refresh(refused, server), takeBack) : undefined;
        if (refreshed !== undefined) return refreshed;
        const scopes = initialScopes(challengedScopes(challenge.scope), found.resourceScopes, options.scopes ?? []);
        const kept = isSame ? union(refused.tokens.scopes, scopes) : scopes;
        return signIn(found, kept, challenge.wantsDpop);
      }),
    status: () => oneAtATime(async () => (await loadHeld())?.tokens),
    signIn: (challenge) =>
      oneAtATime(() =>
        records.withLease(async () => {
          const found = await knownServer.discover(challenge);
          const scopes = initialScopes(challengedScopes(challenge?.scope), found.resourceScopes, options.scopes ?? []);
          return signIn(found, scopes, challenge?.wantsDpop === true);
        }),
      ),
    signOut: () =>
      oneAtATime(() =>
        records.withLease(async () => {
          const tokens = (await loadHeld())?.tokens;
          held = undefined;
          isUnsaved = false;
          return signOut(choice, knownServer, tokens);
        }),
      ),
    stepUp: (refused, challenge, attempt) =>
      replaceOnce(['step up', refused.tokens.accessToken, challenge.scope], async () => {
        const needed = challengedScopes(challenge.scope);
        const adopted = await adopt(refused, needed);
        if (adopted !== undefined) return adopted;
        const takeBack = attempt();
        const found = knownServer.last() ?? (await unlessDown(knownServer.discover(challenge), takeBack));
        const wanted = union(options.scopes ?? [], needed);
        return signIn(found, union(refused.tokens.scopes, wanted), refused.tokens.tokenType === 'DPoP');
      }),
  };
}

/** @throws {OAuthClientError} */
function checkServerUrl(url: string | URL): URL {
  const parsed = parseEndpointUrl(String(url));
  if (parsed.ok) return parsed.value;
  const isPlain = parsed.failure === 'plain_http';
  throw new OAuthClientError(
    'url_refused',
    isPlain
      ? 'The server URL is plain http, which would show the token to everybody on the way. Use https (http is for localhost only).'
      : 'The server URL is no https URL, or has a user or fragment in it.',
  );
}

function closed(seconds: number): OAuthClientError {
  return new OAuthClientError(
    'server_unavailable',
    `The authorization server asked to be left alone. Try again in ${seconds} s.`,
  );
}
