import type { ResourceChallenge } from '../discovery/challenge.js';
import type { GrantedTokens } from '../grants/grant.js';
import type { ServerBinding, TokenSet } from '../stores/records.js';
import type { Attempt } from './attempt.js';
import type { SignOut } from './sign-out.js';
import type { HeldToken } from './token-keeper.js';

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
  /**
   * The tokens that are kept for this kind of grant, whatever their state; undefined where nobody has signed in. A person's
   * are the same for all that ask a person, and never a machine's. Asks no server.
   */
  status(): Promise<TokenSet | undefined>;
  /** The same for whatever grant they came by, a person's first. */
  kept(): Promise<readonly TokenSet[]>;
  /**
   * Signs in anew, whatever is held. A person is asked for the scopes that they gave before, too, so that none is lost by
   * asking for another one; `signOut` begins anew.
   *
   * @param challenge - what the server answered to a request without a token: where its metadata are and which scopes it
   * wants. Without it they are looked for at the well-known addresses
   */
  signIn(challenge?: ResourceChallenge): Promise<HeldToken>;
  /** Takes tokens that were obtained in another way, the flow of an SDK, in place of those that are held. */
  take(place: ServerBinding, granted: GrantedTokens, asked: readonly string[]): Promise<HeldToken>;
  /** Forgets the tokens here, and tells nobody. */
  forget(): Promise<void>;
  /**
   * Forgets the tokens here, and tells the authorization server to end them. Those that a key is missing for are deleted too,
   * and it cannot be told of them.
   *
   * @param whose - `all`: of whatever grant they came by. @defaultValue own
   * @returns of several the one of which least can be said to have ended
   */
  signOut(whose?: 'own' | 'all'): Promise<SignOut>;
}
