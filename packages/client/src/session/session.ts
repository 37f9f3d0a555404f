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
import { createDpopKey } from '../tokens/dpop-key.js';
import { requestTokens } from '../tokens/token-endpoint.js';
import { tokenRefusal } from '../tokens/token-refusal.js';
import { type Attempt, unlessDown } from './attempt.js';
import { createKnownServer } from './known-server.js';
import { challengedScopes, initialScopes, machineScopes, union, withOfflineAccess } from './scopes.js';
import { type ClientEvent, DEFAULT_PROFILE, type SessionOptions } from './session-options.js';
import { createSharedWork } from './shared-work.js';
import { type SignOut, signOut } from './sign-out.js';
import { createTokenKeeper, type HeldToken } from './token-keeper.js';

export type { HeldToken } from './token-keeper.js';

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
   * Signs in anew, whatever is held. A person is asked for the scopes that they gave before, too, so that none is lost by
   * asking for another one; {@link signOut} begins anew.
   *
   * @param challenge - what the server answered to a request without a token: where its metadata are and which scopes it
   * wants. Without it they are looked for at the well-known addresses
   */
  signIn(challenge?: ResourceChallenge): Promise<HeldToken>;
  /** Takes tokens that were obtained in another way, the flow of an SDK, in place of those that are held. */
  take(place: ServerBinding, granted: GrantedTokens, asked: readonly string[]): Promise<HeldToken>;
  /** Forgets the tokens here, and tells nobody. */
  forget(): Promise<void>;
  /** Forgets the tokens here, and tells the authorization server to end them. */
  signOut(): Promise<SignOut>;
}

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
  const keeper = createTokenKeeper(records, options, now, tell);

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
      const refreshed = await keeper.accept(place, {
        client,
        response: answer.value,
        asked: tokens.scopes,
        dpopKey,
        previousRefreshToken: refreshToken,
      });
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
    await keeper.change(() => records.removeTokens(place));
    if (failure.error === 'invalid_client' && isReplaceable(identity, client)) {
      await keeper.change(() => records.removeRegistration(place));
    }
    return undefined;
  }

  const isMachine = grant.kind !== 'authorization_code' && grant.kind !== 'device_code';
  const firstScopes = isMachine ? machineScopes : initialScopes;

  async function signIn(
    found: Discovered,
    scopes: readonly string[],
    wantsDpop: boolean,
    demandedScopes: readonly string[] = [],
  ): Promise<HeldToken> {
    const { authorizationServer: server, resource } = found;
    const place = placeOf(found);
    const isBound = options.dpop === 'always' || wantsDpop || found.isDpopRequired;
    const dpopKey = isBound ? await createDpopKey() : undefined;
    const asked = isMachine ? scopes : withOfflineAccess(scopes, server);
    tell({ type: 'signing_in', issuer: server.issuer });
    const granted = await grant.obtain({
      transport,
      server,
      resource,
      scopes: asked,
      demandedScopes,
      mayOmitScopes: (options.scopes ?? []).length === 0 && demandedScopes.length === 0,
      dpopKey,
      now,
      chooseClient: (use) => chooseClient(choice, server, place, use),
      knownRedirectUris: async () => (await records.loadReadableRegistration(place))?.redirectUris ?? [],
      async forgetClient(client: ProvenClient) {
        if (!isReplaceable(identity, client)) return false;
        await records.removeRegistration(place);
        return true;
      },
    });
    const accepted = await keeper.accept(place, { asked, ...granted, dpopKey, previousRefreshToken: undefined });
    tell({ type: 'signed_in', issuer: server.issuer, scopes: accepted.tokens.scopes });
    return accepted;
  }

  async function renew(): Promise<HeldToken | undefined> {
    return records.withLease(async () => {
      const before = keeper.held();
      const stored = await keeper.load();
      if (stored !== before) {
        if (before !== undefined && stored !== undefined) tell({ type: 'adopted', issuer: stored.tokens.issuer });
        keeper.hold(stored);
      }
      if (stored === undefined) return undefined;
      if (!keeper.isDue(stored)) return stored;
      const binding = await records.loadBinding();
      if (stored.tokens.refreshToken === undefined || binding === undefined)
        return keeper.isOver(stored) ? undefined : stored;
      try {
        return await refresh(stored, await knownServer.of(binding));
      } catch (error) {
        // It is good for a little longer: whoever calls next tries again.
        if (!keeper.isOver(stored)) return stored;
        throw error;
      }
    });
  }

  return {
    serverUrl,
    async current() {
      const held = keeper.held();
      if (held !== undefined && !keeper.isDue(held)) return held;
      return looking.run('', () =>
        oneAtATime(async () => {
          const kept = await keeper.heldOrKept();
          return kept !== undefined && keeper.isDue(kept) ? renew() : kept;
        }),
      );
    },
    replace: (refused, challenge, attempt) =>
      replaceOnce(['replace', refused?.tokens.accessToken], async () => {
        const adopted = await keeper.adopt(refused, []);
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
        const scopes = firstScopes(challengedScopes(challenge.scope), found.resourceScopes, options.scopes ?? []);
        const kept = isSame && !isMachine ? union(refused.tokens.scopes, scopes) : scopes;
        return signIn(found, kept, challenge.wantsDpop);
      }),
    status: async () => (await keeper.load())?.tokens,
    take: (place, granted, asked) =>
      keeper.accept(place, { ...granted, asked, dpopKey: undefined, previousRefreshToken: undefined }),
    async forget() {
      const tokens = (await keeper.load())?.tokens;
      keeper.forget();
      if (tokens !== undefined) await keeper.change(() => records.removeTokens(tokens));
    },
    signIn: (challenge) =>
      oneAtATime(() =>
        records.withLease(async () => {
          const found = await knownServer.discover(challenge);
          const scopes = firstScopes(challengedScopes(challenge?.scope), found.resourceScopes, options.scopes ?? []);
          const before = isMachine ? undefined : await records.loadReadableTokens(placeOf(found));
          return signIn(found, union(scopes, before?.scopes ?? []), challenge?.wantsDpop === true);
        }),
      ),
    signOut: () =>
      oneAtATime(() =>
        records.withLease(async () => {
          const tokens = (await keeper.load())?.tokens;
          keeper.forget();
          return signOut(choice, knownServer, tokens);
        }),
      ),
    stepUp: (refused, challenge, attempt) =>
      replaceOnce(['step up', refused.tokens.accessToken, challenge.scope], async () => {
        const needed = challengedScopes(challenge.scope);
        const adopted = await keeper.adopt(refused, needed);
        if (adopted !== undefined) return adopted;
        const takeBack = attempt();
        const found = knownServer.last() ?? (await unlessDown(knownServer.discover(challenge), takeBack));
        const held = refused.tokens.scopes;
        const wanted = union(options.scopes ?? [], needed);
        const missing = needed.filter((scope) => !held.includes(scope));
        const demanded = missing.length === 0 ? needed : missing;
        return signIn(found, union(held, wanted), refused.tokens.tokenType === 'DPoP', demanded);
      }),
  };
}

function placeOf({ authorizationServer: { issuer }, resource, isLegacy }: Discovered): ServerBinding {
  return { issuer, resource, isLegacy };
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
