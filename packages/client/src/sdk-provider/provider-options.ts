import type { FetchLike } from '../http/fetch-transport.js';
import type { SessionOptions } from '../session/session-options.js';
import type { SignIn } from '../sign-in/sign-in.js';

/** A sign-in whose response the application receives itself, at an address of its own: a web application. */
export interface RedirectSignIn {
  /** Where the person's browser comes back to. Registered with the authorization server as it stands here. */
  readonly redirectUri: string;
  /** Leads the person there: keeps the address for the answer to the request under way, say. Does not wait. */
  redirect(authorizationUrl: URL): void | Promise<void>;
}

/** How an `OAuthClientProvider` works. */
export interface OAuthProviderOptions extends Omit<SessionOptions, 'grant' | 'dpop'> {
  /** How a person is asked to sign in. */
  readonly signIn: SignIn | RedirectSignIn;
  /** Asks the MCP server, which the user named, where its metadata are. @defaultValue the platform's `fetch` */
  readonly fetch?: FetchLike;
}
