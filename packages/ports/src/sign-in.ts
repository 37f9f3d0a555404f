import type { EpochSeconds } from '@portcullis/protocol';
import type { SignInPurpose } from './authorization-pages.js';
import type { RequestContext } from './platform.js';

/** Who is signed in at a browser. */
export interface BrowserUser {
  /**
   * Who this is, for good: it stands in grants and tokens as it is given here, and must never become somebody else's.
   * 1 to 255 printable ASCII characters without a blank. One that starts with `client:` is refused, since clients that
   * act in their own name go by that.
   */
  readonly subject: string;
  /** The name a person knows themselves by, for pages and the trail. @defaultValue the name stored for the subject, or
   * else the subject */
  readonly username?: string;
  /** When this person last proved who they are, by the clock of this server. */
  readonly authenticatedAtEpochSeconds: EpochSeconds;
}

/** A sign-in as it is asked for. */
export interface SignInRequest {
  /** Path and query, under the origin of the issuer, at which the browser is to arrive with a GET in the end. It comes
   * from this server and never from a request; it belongs to this browser, and is worth nothing in another. */
  readonly returnPath: string;
  readonly purpose: SignInPurpose;
  /**
   * A proof older than this is not enough (`prompt=login` and `max_age`, OpenID Connect Core §3.1.2.1), and one of now is: this is
   * no time to come, but where the clock of the sign-in is ahead and stated one. A sign-in that
   * cannot ask anew answers with an error of its own: a browser that comes back with the old proof is sent again.
   */
  readonly authenticatedSince: EpochSeconds | undefined;
  /** Who is signed in already with a proof that is too old: a hint for whom to expect. */
  readonly signedInAs: { readonly subject: string; readonly username: string } | undefined;
  /** The person has just signed out to be somebody else: a site that remembers who was there must ask. */
  readonly anotherUser: boolean;
}

/**
 * How people prove who they are. An embedder implements it with a login of their own; without one, the server asks for
 * a username and a password.
 *
 * Whoever it names is trusted to be that person. It must hold its own against forged sign-ins (login CSRF, RFC 9700
 * §4.7) and keep its cookies out of the reach of scripts and other sites. Users need not be known here before: one who
 * comes for the first time is kept with the subject and the name, so that an operator can disable them.
 */
export interface SignInService {
  /** Whose browser sent `request`; undefined when nobody is signed in. Looks at its headers only. Called on every page,
   * several times on some. */
  find(request: Request): Promise<BrowserUser | undefined>;
  /**
   * Begins a sign-in: a page, or a redirect (303) to wherever the person signs in. In the end the browser is at
   * `returnPath`, and {@link SignInService.find} names somebody. Called for a GET that no form of ours led to, so that
   * browsers do not hold a redirect to another site against our `form-action`.
   */
  begin(request: Request, wanted: SignInRequest, context: RequestContext): Promise<Response>;
  /** Signs this browser out, so that {@link SignInService.find} names nobody. Answers the `Set-Cookie` values that go
   * with it; the page that carries them is ours. */
  end(request: Request, context: RequestContext): Promise<readonly string[]>;
}
