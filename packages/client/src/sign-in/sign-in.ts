/** What became of a response that came back from the browser. */
export type ReceivedResponse =
  /** It is the one that was waited for; whoever looks at the browser may be told so. */
  | 'accepted'
  /** It is the one that was waited for, and the sign-in has failed. */
  | 'refused'
  /** It belongs to no sign-in of ours. The one under way goes on waiting. */
  | 'ignored';

/** One sign-in under way: a place where the browser comes back to. */
export interface SignInTurn {
  /** `redirect_uri` */
  readonly redirectUri: string;
  /**
   * Leads the user to `authorizationUrl`, and hands every response that comes back to `receive` until one is not ignored.
   *
   * @throws {OAuthClientError} `sign_in_timed_out`, or whatever stands in the way of asking the user
   */
  run(authorizationUrl: URL, receive: (parameters: URLSearchParams) => Promise<ReceivedResponse>): Promise<void>;
  /** Ends it, whatever state it is in. */
  end(): Promise<void>;
}

/** How a user is asked to sign in. */
export interface SignIn {
  /**
   * @param known - redirect URIs that the client is registered with: one of them spares a registration
   */
  begin(known: readonly string[]): Promise<SignInTurn>;
}
