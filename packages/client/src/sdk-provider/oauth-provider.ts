import type { EpochSeconds } from '@portcullis/protocol';
import { probeServer } from '../discovery/probe-server.js';
import { isResourceOf } from '../discovery/resource-match.js';
import type { Grant } from '../grants/grant.js';
import { isStoreLocked, OAuthClientError } from '../oauth-client-error.js';
import { recallClient } from '../registration/choose-client.js';
import { createKnownServer } from '../session/known-server.js';
import { challengedScopes, union, withOfflineAccess } from '../session/scopes.js';
import { createSession } from '../session/session.js';
import { DEFAULT_PROFILE } from '../session/session-options.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { createSessionRecords } from '../stores/session-records.js';
import { buildDiscoveryState, type Target } from './discovery-state.js';
import type { OAuthProvider } from './provider-members.js';
import type { OAuthProviderOptions } from './provider-options.js';
import type { FinishableTransport } from './sdk-shapes.js';
import { sdkTokens } from './sdk-tokens.js';
import type { CheckedCode } from './sign-in-turn.js';
import { createSignIns } from './sign-ins.js';
import { createTokenRequests, type Redemption } from './token-requests.js';
import { createTransportFetch } from './transport-fetch.js';

export type { OAuthProvider } from './provider-members.js';

/** Before a port is known. No server sees it: the request is made when the port is open. */
const ANY_LOOPBACK = 'http://127.0.0.1/callback';
/** Before the client is registered, which it is when a person is to sign in. No server sees it. */
const UNREGISTERED = 'unregistered';

/** A session that is asked for what it has, and never to sign in. */
const NO_GRANT: Grant = {
  kind: 'authorization_code',
  async obtain() {
    throw new OAuthClientError('sign_in_required', 'The SDK signs in, and nobody else.');
  },
};

/**
 * An `OAuthClientProvider` for programs that keep the SDK's own flow, `finishAuth` included. It fits the `authProvider` of
 * the transports of SDK v1 and v2, and shares its records with {@link createOAuthFetch} and the program.
 *
 * The SDK says when: when somebody has to sign in, when a token is to be refreshed or a code redeemed, and it sends those
 * requests. What goes into them is decided here. Metadata are discovered and checked here, over `transport`; the SDK is told
 * what came of it and looks nothing up. The client is registered here. The authorization request, with its `state`, verifier
 * and resource, is made here, and the SDK's own is taken for the scopes alone. A secret, a code and a refresh token are put
 * into a token request, or not, when its address is known: see {@link TokenRequests}. A token is renewed ahead of its end
 * when a request asks for it, once for all processes. What is kept under a key that is not there counts for nothing: the SDK
 * has no other way to say so than to have somebody sign in, and what comes of that replaces it.
 *
 * What the flow of an SDK cannot do, and `createOAuthFetch` does:
 * - after a 401 every request that was refused refreshes, one after the other, each with the newest refresh token;
 * - SDK v1 answers a 403 `insufficient_scope` with a refresh where there is a refresh token, which brings no scope;
 * - where a refresh after a 401 fails for the authorization server's sake, the person is asked;
 * - a token request goes to an address that is vetted by its form alone, unless the transport has the provider's `fetch`;
 * - DPoP: a server that demands it is refused.
 *
 * Releases of SDK v1 that do not know `discoveryState` are refused before anybody signs in.
 *
 * @throws {OAuthClientError} `url_refused` or `configuration_invalid`, at once
 */
export function createOAuthProvider(options: OAuthProviderOptions): OAuthProvider {
  const { signIn, transport, fetch = globalThis.fetch, pushedAuthorizationRequests = 'when_required' } = options;
  const now = options.now ?? ((): EpochSeconds => Math.floor(Date.now() / 1000));
  const store = options.store ?? createMemoryStore();
  const session = createSession({ ...options, store, grant: NO_GRANT });
  const { serverUrl } = session;
  const records = createSessionRecords(store, serverUrl, options.profile ?? DEFAULT_PROFILE);
  const identity = options.client ?? {};
  const choice = { transport, records, identity, now };
  const knownServer = createKnownServer(serverUrl, options);
  const tokenRequests = createTokenRequests(session, choice);
  const signIns = createSignIns({ ...choice, pushedAuthorizationRequests }, knownServer, signIn);

  /** What the SDK was told, by the object that it was told with. */
  const targets = new WeakMap<object, Target>();
  let target: Target | undefined;
  let isAskedForDiscovery = false;
  let discovering: Promise<Target> | undefined;
  let finishing: Promise<void> | undefined;
  /** Whether the last sign-in that began has ended well. */
  let isAnswered = false;
  let redemption: Redemption | undefined;
  let redeemed: Promise<unknown> = Promise.resolve();

  function discoverTarget(): Promise<Target> {
    discovering ??= discover().finally(() => {
      discovering = undefined;
    });
    return discovering;
  }

  async function discover(): Promise<Target> {
    const answer = await probeServer(serverUrl, fetch);
    const challenge = answer.kind === 'challenged' ? answer.challenge : undefined;
    const found = await knownServer.discover(challenge);
    if (found.isDpopRequired || challenge?.wantsDpop === true) {
      throw new OAuthClientError(
        'configuration_invalid',
        'The server takes only tokens that are bound to a key (DPoP), which this way of signing in does not make. Use createOAuthFetch.',
      );
    }
    const { authorizationServer: server, resource, isLegacy } = found;
    target = { server, place: { issuer: server.issuer, resource, isLegacy }, resourceScopes: found.resourceScopes };
    return target;
  }

  async function startSignIn(scope: string | undefined) {
    isAnswered = false;
    const found = target ?? (await discoverTarget());
    const kept = (await unlessLocked(records.loadTokens(found.place)))?.scopes ?? [];
    const wanted = union(union(kept, challengedScopes(scope)), options.scopes ?? []);
    options.onEvent?.({ type: 'signing_in', issuer: found.server.issuer });
    return { target: found, scopes: withOfflineAccess(wanted, found.server) };
  }

  /** One at a time: the SDK does not say which code it asks about. */
  function redeem(sdkTransport: FinishableTransport, checked: CheckedCode): Promise<void> {
    const mine = redeemed.then(async () => {
      redemption = { ...checked, isSent: false, isRefused: false };
      try {
        await sdkTransport.finishAuth(checked.code, checked.target.server.issuer);
        isAnswered = true;
      } finally {
        redemption = undefined;
      }
    });
    redeemed = mine.catch(() => undefined);
    return mine;
  }

  async function finishTurn(sdkTransport: FinishableTransport): Promise<void> {
    const checked = await signIns.wait();
    if (checked !== undefined) return redeem(sdkTransport, checked);
    // Several requests may have waited for the same person.
    if (isAnswered) return;
    throw new OAuthClientError(
      'sign_in_required',
      'No sign-in is under way whose response comes here. Connect first, or hand over the address that the browser came back to.',
    );
  }

  function redirectUrl(): string {
    return redemption?.redirectUri ?? ('redirectUri' in signIn ? signIn.redirectUri : ANY_LOOPBACK);
  }

  return {
    get redirectUrl() {
      return redirectUrl();
    },
    get clientMetadata() {
      return {
        client_name: identity.description?.clientName ?? 'MCP client',
        redirect_uris: [redirectUrl()],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        ...(options.scopes === undefined ? {} : { scope: options.scopes.join(' ') }),
      };
    },
    async discoveryState() {
      isAskedForDiscovery = true;
      if (redemption?.isRefused === true) {
        // The SDK would send the code once more.
        throw new OAuthClientError(
          'token_refused',
          'The authorization server did not take the code of the sign-in, or this client. Sign in again.',
        );
      }
      const found = redemption?.target ?? (await discoverTarget());
      const state = buildDiscoveryState(found);
      targets.set(state.authorizationServerMetadata, found);
      return state;
    },
    async validateResourceURL(url, resource) {
      if (new URL(url).href !== serverUrl.href) {
        throw new OAuthClientError('configuration_invalid', 'This provider is for another server than the transport.');
      }
      if (resource === undefined || !isResourceOf(resource, serverUrl)) {
        throw new OAuthClientError('resource_mismatch', 'The metadata are those of another resource.');
      }
      return new URL(resource);
    },
    async clientInformation() {
      if (redemption !== undefined) {
        return { client_id: redemption.clientId, issuer: redemption.target.server.issuer };
      }
      const { server, place } = target ?? (await discoverTarget());
      const client = await unlessLocked(recallClient(choice, server, place, undefined));
      return { client_id: client?.registration.clientId ?? UNREGISTERED, issuer: server.issuer };
    },
    async tokens() {
      const held = await unlessLocked(session.current());
      return held === undefined || held.tokens.tokenType === 'DPoP' ? undefined : sdkTokens(held.tokens, now());
    },
    async saveTokens(tokens) {
      const { issuer, isRefresh } = await tokenRequests.accept(tokens);
      const scopes = (await session.status())?.scopes ?? [];
      options.onEvent?.(isRefresh ? { type: 'refreshed', issuer } : { type: 'signed_in', issuer, scopes });
    },
    async redirectToAuthorization(authorizationUrl) {
      if (!isAskedForDiscovery) {
        throw new OAuthClientError(
          'configuration_invalid',
          'This SDK is too old for this provider: it does not ask for `discoveryState`. Take a newer one, or createOAuthFetch.',
        );
      }
      // The person is back already: what was refused meanwhile is served by the same sign-in.
      if (finishing !== undefined || redemption !== undefined) return;
      await signIns.begin(() => startSignIn(authorizationUrl.searchParams.get('scope') ?? undefined));
    },
    saveCodeVerifier() {
      // That of the SDK's own request, which nobody sees.
    },
    codeVerifier() {
      if (redemption !== undefined) return redemption.codeVerifier;
      throw new OAuthClientError('sign_in_required', 'No code is being redeemed. Call the finishAuth of the provider.');
    },
    async addClientAuthentication(headers, params, url, metadata) {
      const found = metadata === undefined ? undefined : targets.get(metadata);
      if (found === undefined) {
        throw new OAuthClientError(
          'issuer_changed',
          'A token request was not sent: its metadata were not checked here.',
        );
      }
      await tokenRequests.complete({ headers, params, url }, found, redemption);
    },
    async invalidateCredentials(scope) {
      const isOf = (one: typeof scope): boolean => scope === one || scope === 'all';
      try {
        if (redemption !== undefined) redemption.isRefused = true;
        const place = (redemption?.target ?? target)?.place;
        if (isOf('client') && identity.preRegistered === undefined && place !== undefined) {
          await records.removeRegistration(place);
        }
        // That a code was refused says nothing of the tokens that are held.
        if (isOf('tokens') && redemption === undefined) await session.forget();
        if (isOf('verifier')) await records.removeSignIns();
        if (isOf('discovery')) target = undefined;
      } finally {
        tokenRequests.end();
      }
    },
    fetch: createTransportFetch(serverUrl, fetch, transport),
    finishAuth(sdkTransport, callback) {
      if (callback !== undefined) {
        return signIns.receive(callback).then((checked) => redeem(sdkTransport, checked));
      }
      finishing ??= finishTurn(sdkTransport).finally(() => {
        finishing = undefined;
      });
      return finishing;
    },
  };
}

async function unlessLocked<Value>(loading: Promise<Value>): Promise<Value | undefined> {
  try {
    return await loading;
  } catch (error) {
    if (isStoreLocked(error)) return undefined;
    throw error;
  }
}
