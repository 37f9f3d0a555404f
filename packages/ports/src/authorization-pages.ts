import type { ScopeDefinition } from './resources.js';

/** What every page of a transaction carries: where its form posts to, and what proves the form is ours. */
export interface TransactionForm {
  /** Same-origin path the form posts to. */
  readonly action: string;
  /** The transaction's handle, sent back in the hidden field `transaction`. */
  readonly transaction: string;
  /** Sent back in the hidden field `csrf_token`. */
  readonly csrfToken: string;
}

/** The client as a page may show it. Texts are already bounded and free of control and bidi characters. */
export interface ClientView {
  readonly name: string;
  readonly clientId: string;
  /** The host (with port, where one was registered) that the browser will be sent to. */
  readonly redirectHost: string;
  /** The private-use scheme, where the redirect has one and no host. */
  readonly redirectScheme: string | undefined;
  /** Every registered redirect is loopback: any program on this computer could be behind it. */
  readonly loopbackOnly: boolean;
  /** The client registered itself; nobody vouched for it. */
  readonly selfRegistered: boolean;
}

/** Asks for username (field `username`) and password (field `password`). */
export interface SignInPage {
  readonly form: TransactionForm;
  readonly client: ClientView;
  readonly resourceName: string;
  /** What the last try was refused for; the same words whatever was wrong with the credentials. */
  readonly problem: string | undefined;
  /** Kept from the last try. */
  readonly username: string;
}

/** Asks for a decision: fields `scope` (one checkbox each, ticked) and `decision` (`approve` or `deny`). */
export interface ConsentPage {
  readonly form: TransactionForm;
  readonly client: ClientView;
  readonly resourceName: string;
  readonly resource: string;
  readonly username: string;
  readonly scopes: readonly ScopeDefinition[];
  /** Path of the form that signs out and asks again for a user. It posts the same fields as `form`. */
  readonly switchUserAction: string;
}

/** Leaves for the client: by meta refresh, and by a visible link for browsers that do not follow one. */
export interface LeavingPage {
  readonly location: string;
  readonly clientName: string;
  readonly outcome: 'approved' | 'denied';
}

/** An error whose answer would go to a client nobody vouched for: the person decides whether to follow (RFC 9700
 * §4.11.2). There is no automatic redirect on it. */
export interface UntrustedRedirectPage {
  readonly location: string;
  readonly redirectHost: string;
  readonly clientName: string;
  readonly summary: string;
}

/** An error that must not be answered by a redirect. */
export interface ErrorPage {
  readonly status: number;
  readonly title: string;
  readonly summary: string;
  /** The OAuth error code, small, for whoever reports the problem. */
  readonly code: string | undefined;
  readonly correlationId: string;
  /** A same-origin path to try again, where that makes sense. */
  readonly retryPath: string | undefined;
}

/** Renders the pages of the authorization server. Whole HTML documents; every model text is escaped. */
export interface AuthorizationPages {
  signIn(page: SignInPage): string;
  consent(page: ConsentPage): string;
  leaving(page: LeavingPage): string;
  untrustedRedirect(page: UntrustedRedirectPage): string;
  error(page: ErrorPage): string;
}
