import { type EpochSeconds, parseEndpointUrl } from '@portcullis/protocol';
import type { ResourceChallenge } from '../discovery/challenge.js';
import type { Discovered } from '../discovery/discover.js';
import type { GrantedTokens } from '../grants/grant.js';
import { OAuthClientError } from '../oauth-client-error.js';
import { chooseClient, isReplaceable } from '../registration/choose-client.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { isSamePlace, type ServerBinding, type TokenSet } from '../stores/records.js';
import { createSessionRecords, type SessionRecords } from '../stores/session-records.js';
import type { ProvenClient } from '../tokens/client-authentication.js';
import { createDpopKey, type DpopKey } from '../tokens/dpop-key.js';
import { ACTORS, actorOf, isOfPerson } from './actors.js';
import { type Attempt, asAttempt, type CountedAttempt, countAttempt } from './attempt.js';
import { createKnownServer } from './known-server.js';
import type { OAuthSession } from './oauth-session.js';
import { challengedScopes, initialScopes, machineScopes, union, withOfflineAccess } from './scopes.js';
import { type ClientEvent, DEFAULT_PROFILE, type SessionOptions } from './session-options.js';
import { createSharedWork } from './shared-work.js';
import { endTokens, removeSignIn, worstOf } from './sign-out.js';
import { createTokenKeeper, type HeldToken } from './token-keeper.js';
import { createTokenRefresh } from './token-refresh.js';
import { createTurns, type Turns } from './turns.js';

export type { OAuthSession } from './oauth-session.js';
export type { HeldToken } from './token-keeper.js';

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
  const asksPerson = isOfPerson(grant);
  const store = options.store ?? createMemoryStore();
  const profile = options.profile ?? DEFAULT_PROFILE;
  const actor = actorOf(grant);
  const recordsOf = (name: string): SessionRecords => createSessionRecords(store, serverUrl, profile, name);
  const records = recordsOf(actor);
  const identity = options.client ?? {};
  const choice = { transport, records, identity, now };
  const knownServer = createKnownServer(serverUrl, options);
  const keeper = createTokenKeeper(records, options, now, tell);
  const { refresh, renew } = createTokenRefresh(choice, knownServer, keeper, options, tell);
  const { onTokens, onTokensHere, withPerson } = createTurns(records);
  const looking = createSharedWork<HeldToken | undefined>();
  const replacing = createSharedWork<HeldToken>();

  /** Signs in, where nobody else has done so by the time that it is our turn. What is gone is told of by `attempt`. */
  function signInUnless(
    adopt: () => Promise<HeldToken | undefined>,
    signInNow: () => Promise<HeldToken>,
  ): Promise<HeldToken> {
    const once = async (): Promise<HeldToken> => (await save(adopt)) ?? signInNow();
    return asksPerson ? withPerson(once) : onTokens(once);
  }

  /** Its own turn, for whoever was waiting for a person. */
  const save: Turns['onTokens'] = (work) => (asksPerson ? onTokens(work) : work());

  const firstScopes = asksPerson ? initialScopes : machineScopes;

  async function signIn(
    found: Discovered,
    scopes: readonly string[],
    wantsDpop: boolean,
    { personIsAsked = () => {}, demandedScopes = [] }: SignInDetails = {},
  ): Promise<HeldToken> {
    const { authorizationServer: server, isDpopRequired } = found;
    const place = placeOf(found);
    const dpopKey = options.dpop === 'always' || wantsDpop || isDpopRequired ? await createDpopKey() : undefined;
    const asked = asksPerson ? withOfflineAccess(scopes, server) : scopes;
    tell({ type: 'signing_in', issuer: server.issuer });
    const granted = await grant.obtain({
      transport,
      server,
      resource: found.resource,
      scopes: asked,
      demandedScopes,
      mayOmitScopes: (options.scopes ?? []).length === 0 && demandedScopes.length === 0,
      dpopKey,
      pushedAuthorizationRequests: options.pushedAuthorizationRequests ?? 'when_required',
      now,
      personIsAsked,
      chooseClient: (use) => chooseClient(choice, server, place, use),
      knownRedirectUris: () => records.loadRedirectUris(place),
      async forgetClient(client: ProvenClient) {
        if (!isReplaceable(identity, client)) return false;
        await records.removeRegistration(place, client.registration.clientId);
        return true;
      },
    });
    const { accepted, left } = await save(() => accept(place, granted, asked, dpopKey, isDpopRequired));
    tell({ type: 'signed_in', issuer: server.issuer, scopes: accepted.tokens.scopes });
    if (left !== undefined) await endTokens(choice, knownServer, left);
    return accepted;
  }

  /** Takes over what a sign-in has yielded. `left` is what was signed in elsewhere before, and is of no use any more. */
  async function accept(
    place: ServerBinding,
    granted: GrantedTokens,
    asked: readonly string[],
    dpopKey: DpopKey | undefined,
    isDpopRequired: boolean,
  ): Promise<{ readonly accepted: HeldToken; readonly left: TokenSet | undefined }> {
    const before = (await keeper.load().catch(() => undefined))?.tokens;
    const accepted = await keeper.accept(place, {
      asked,
      ...granted,
      isSelfRegistered: isReplaceable(identity, granted.client) && !isOfOther(before, granted.client),
      dpopKey,
      mustBeBound: options.dpop === 'always' || isDpopRequired,
      previousRefreshToken: undefined,
    });
    const left = before === undefined || isSamePlace(before, place) ? undefined : before;
    if (left !== undefined) await keeper.remove(() => records.removeTokens(left));
    return { accepted, left };
  }

  /** The scopes of what is kept for that place: a sign-in may have brought more of them since a token was refused. */
  async function keptScopes(found: Discovered): Promise<readonly string[]> {
    const stored = (await save(() => keeper.load()))?.tokens;
    return stored !== undefined && isSamePlace(stored, placeOf(found)) ? stored.scopes : [];
  }

  async function replaceOnce(
    refused: HeldToken | undefined,
    challenge: ResourceChallenge,
    attempt: Attempt,
  ): Promise<HeldToken> {
    const adopt = (): Promise<HeldToken | undefined> => keeper.adopt(refused, []);
    const first = await onTokens(async (): Promise<HeldToken | MissingToken> => {
      const adopted = await adopt();
      if (adopted !== undefined) return adopted;
      const counted = countAttempt(attempt);
      // Whatever was known may be why it was refused: the server may have moved to another authorization server.
      const found = await counted.of(knownServer.discover(challenge));
      const stored = await counted.of(keeper.load());
      const isSame = stored !== undefined && isSamePlace(stored.tokens, placeOf(found));
      const token = isSame ? await counted.of(refresh(stored, found.authorizationServer)) : undefined;
      return token ?? { found, counted, had: isSame ? stored.tokens.scopes : [] };
    });
    if ('tokens' in first) return first;
    const { found, counted, had } = first;
    const adoptLater = async (): Promise<HeldToken | undefined> => {
      const adopted = await adopt();
      if (adopted !== undefined) counted.takeBack();
      return adopted;
    };
    const scopes = firstScopes(challengedScopes(challenge.scope), found.resourceScopes, options.scopes ?? []);
    const wasHere = refused !== undefined && isSamePlace(refused.tokens, placeOf(found));
    const kept = asksPerson ? union(had, wasHere ? refused.tokens.scopes : []) : [];
    const { personIsAsked } = counted;
    const signInNow = () => signIn(found, union(kept, scopes), challenge.wantsDpop, { personIsAsked });
    return counted.of(signInUnless(adoptLater, signInNow));
  }

  async function stepUpOnce(refused: HeldToken, challenge: ResourceChallenge, attempt: Attempt): Promise<HeldToken> {
    const needed = challengedScopes(challenge.scope);
    const adopt = (): Promise<HeldToken | undefined> => keeper.adopt(refused, needed);
    const adopted = await onTokens(adopt);
    if (adopted !== undefined) return adopted;
    return signInUnless(adopt, () =>
      asAttempt(attempt, async (personIsAsked) => {
        const found = knownServer.last() ?? (await knownServer.discover(challenge));
        const had = union(refused.tokens.scopes, await keptScopes(found));
        const wanted = union(options.scopes ?? [], needed);
        const missing = needed.filter((scope) => !refused.tokens.scopes.includes(scope));
        const demandedScopes = missing.length === 0 ? needed : missing;
        const isBound = refused.tokens.tokenType === 'DPoP';
        return signIn(found, union(had, wanted), isBound, { personIsAsked, demandedScopes });
      }),
    );
  }

  return {
    serverUrl,
    async current() {
      const held = keeper.held();
      if (held !== undefined && !keeper.isDue(held)) return held;
      return looking.run('', async () => {
        const kept = await onTokensHere(() => keeper.heldOrKept());
        return kept !== undefined && keeper.isDue(kept) ? onTokens(renew) : kept;
      });
    },
    replace: (refused, challenge, attempt) =>
      replacing.run(JSON.stringify(['replace', refused?.tokens.accessToken]), () =>
        replaceOnce(refused, challenge, attempt),
      ),
    stepUp: (refused, challenge, attempt) =>
      replacing.run(JSON.stringify(['step up', refused.tokens.accessToken, challenge.scope]), () =>
        stepUpOnce(refused, challenge, attempt),
      ),
    status: async () => (await keeper.load())?.tokens,
    async kept() {
      const all = await Promise.all(ACTORS.map((name) => recordsOf(name).loadBoundTokens()));
      return all.filter((tokens) => tokens !== undefined);
    },
    async take(place, granted, asked) {
      const { accepted, left } = await accept(place, granted, asked, undefined, false);
      // Whoever calls holds the lease, and is not to be held up.
      if (left !== undefined) void endTokens(choice, knownServer, left);
      return accepted;
    },
    async forget() {
      const tokens = (await keeper.load())?.tokens;
      keeper.forget();
      if (tokens !== undefined) await keeper.remove(() => records.removeTokens(tokens));
    },
    async signIn(challenge) {
      const found = await knownServer.discover(challenge);
      const scopes = firstScopes(challengedScopes(challenge?.scope), found.resourceScopes, options.scopes ?? []);
      const before = asksPerson ? await records.loadReadableTokens(placeOf(found)) : undefined;
      const wanted = union(scopes, before?.scopes ?? []);
      const signInNow = (): Promise<HeldToken> => signIn(found, wanted, challenge?.wantsDpop === true);
      // A person is asked at once: one who has closed a window signs in anew, and does not wait for that one.
      return asksPerson ? signInNow() : onTokens(signInNow);
    },
    async signOut(whose = 'own') {
      const forgotten = await onTokens(async () => {
        const loadOwn = async (): Promise<TokenSet | undefined> => (await keeper.load())?.tokens;
        const removed = [await removeSignIn(records, loadOwn, knownServer)];
        keeper.forget();
        for (const name of whose === 'all' ? ACTORS.filter((one) => one !== actor) : []) {
          const others = recordsOf(name);
          removed.push(await removeSignIn(others, others.loadBoundTokens, knownServer));
        }
        return removed;
      });
      const outcomes = await Promise.all(
        forgotten.map((one) => (one.tokens === undefined ? one.outcome : endTokens(choice, knownServer, one.tokens))),
      );
      return worstOf(outcomes);
    },
  };
}

/** What a sign-in is for. */
interface SignInDetails {
  readonly personIsAsked?: () => void;
  /** See `GrantContext.demandedScopes`. */
  readonly demandedScopes?: readonly string[];
}

/** There is no token to be had without signing in. */
interface MissingToken {
  readonly found: Discovered;
  readonly counted: CountedAttempt;
  /** The scopes of what was kept for that place. */
  readonly had: readonly string[];
}

/** Whether these are tokens of the same client, and say that somebody else registered it. */
function isOfOther(tokens: TokenSet | undefined, { registration }: ProvenClient): boolean {
  return tokens?.clientId === registration.clientId && tokens.client?.isSelfRegistered === false;
}

function placeOf({ authorizationServer, resource, isLegacy }: Discovered): ServerBinding {
  return { issuer: authorizationServer.issuer, resource, isLegacy };
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
