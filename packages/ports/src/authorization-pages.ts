import type { EpochSeconds } from '@portcullis/protocol';
import type { ScopeDefinition } from './resources.js';
import type { TokenEndpointAuthMethod } from './stores/clients.js';

/** What every form carries: where it posts to, and what proves that it is ours. */
export interface PageForm {
  /** Same-origin path the form posts to. */
  readonly action: string;
  /** The transaction's handle, sent back in the hidden field `transaction`; undefined for a form that belongs to none. */
  readonly transaction: string | undefined;
  /** Sent back in the hidden field `csrf_token`. */
  readonly csrfToken: string;
}

/**
 * Where the browser goes with an answer. There is no empty one: a redirect that leads to no place is refused before
 * there is a page. Behind `loopback` and `private-use` any program of the device may be.
 */
export type AnswerPlace =
  | {
      readonly kind: 'https' | 'loopback';
      /** With its port, where one was registered. */
      readonly host: string;
    }
  | {
      readonly kind: 'private-use';
      /** In lower case, without the colon. What the URI names after it is no host, and tells nothing. */
      readonly scheme: string;
    };

/** A device that polls for the decision, and the code that it shows (RFC 8628 §3.3). */
export interface DeviceAnswerPlace {
  readonly kind: 'device';
  /** In the form in which devices show it, with its dash. */
  readonly userCode: string;
}

/** The client as a page may show it. Texts are already bounded and free of control and bidi characters. */
export interface ClientView {
  readonly name: string;
  /** The name as it was given, at whatever length. */
  readonly fullName: string;
  readonly clientId: string;
  /** Where the browser will be sent, as the request names it; undefined where it stays here, because a device waits. */
  readonly redirectUri: string | undefined;
  /** Where the answer of this request goes, whatever else the client registered. */
  readonly goesTo: AnswerPlace | DeviceAnswerPlace;
  /** The client registered itself; nobody vouched for it. */
  readonly selfRegistered: boolean;
}

/**
 * One thing that a client says otherwise of itself now than when a person approved it. Texts are whole, and free of control and
 * bidi characters: two that differ may therefore look the same. Of keys nothing is told but that they changed.
 */
export type DescriptionChange =
  | { readonly member: 'name'; readonly was: string; readonly is: string }
  | {
      readonly member: 'redirects';
      /** Those that are gone, and those that are new: each may be empty, but not both. The one that this request's answer goes to
       * is first, and those at a place that had none before come next. */
      readonly gone: readonly string[];
      readonly added: readonly string[];
    }
  | {
      readonly member: 'website';
      /** Absolute URLs without a user, as a browser would write them; undefined where it names none. */
      readonly was: string | undefined;
      readonly is: string | undefined;
    }
  | { readonly member: 'authentication'; readonly was: TokenEndpointAuthMethod; readonly is: TokenEndpointAuthMethod }
  | { readonly member: 'keys' };

/** A scope that a person is asked for. */
export interface AskedScope extends ScopeDefinition {
  /** Scopes it contains that this user allowed before. @defaultValue none */
  readonly allowedBefore?: readonly ScopeDefinition[];
}

/** What somebody signs in for: to decide about a client, or to see their account. Only for words on a page. */
export type SignInPurpose =
  | { readonly kind: 'authorization'; readonly client: ClientView; readonly resourceName: string }
  | { readonly kind: 'account' };

/** Asks for username (field `username`) and password (field `password`). */
export interface SignInPage {
  readonly form: PageForm;
  readonly purpose: SignInPurpose;
  /** Somebody is signed in, and has to prove it anew. */
  readonly again: boolean;
  /** Somebody has just signed out here to be somebody else. What waits for the sign-in still does. */
  readonly anotherUser: boolean;
  /** What the last try was refused for; the same words whatever was wrong with the credentials. */
  readonly problem: string | undefined;
  /** Kept from the last try, or of whoever is to sign in again. */
  readonly username: string;
}

/**
 * Asks for a decision: fields `scope` (one checkbox each, ticked), `kept` (hidden, one for each scope that is allowed
 * already) and `decision` (`approve` or `deny`).
 */
export interface ConsentPage {
  readonly form: PageForm;
  readonly client: ClientView;
  readonly resourceName: string;
  readonly resource: string;
  readonly username: string;
  /** What is asked for. Empty when nothing is new: then the page asks no more than whether to go on. */
  readonly scopes: readonly AskedScope[];
  /** What the request wants as well and this user allowed before: told, not asked. */
  readonly allowedScopes: readonly ScopeDefinition[];
  /** The user approved this client before, when its document described something else: everything is asked anew. */
  readonly descriptionChanged: boolean;
  /** What it described otherwise, each member once. Empty where nothing changed, or it is not known any more what it was. */
  readonly descriptionChanges: readonly DescriptionChange[];
  /** The form that signs out and asks again for a user. */
  readonly switchUserForm: PageForm;
}

/** Leaves for the client: by meta refresh, and by a visible link for browsers that do not follow one. */
export interface LeavingPage {
  readonly location: string;
  readonly clientName: string;
  readonly outcome: 'approved' | 'denied';
  /** Where the person sees what is connected and takes it back. */
  readonly accountPath: string;
}

/** Asks for the code that a device shows (field `user_code`), which may be filled in already (RFC 8628 §3.3.1). */
export interface DevicePage {
  readonly form: PageForm;
  /** What was typed before, or came with the address; empty otherwise. */
  readonly userCode: string;
  /** What the last try was refused for; the same words whatever was wrong with the code. */
  readonly problem: string | undefined;
}

/** The end of the way for a device: there is nowhere to go. */
export interface DeviceDonePage {
  readonly clientName: string;
  readonly outcome: 'approved' | 'denied';
  /** Where the person sees what is connected and takes it back. */
  readonly accountPath: string;
}

/** An error whose answer would go to a client nobody vouched for: the person decides whether to follow (RFC 9700
 * §4.11.2). There is no automatic redirect on it. */
export interface UntrustedRedirectPage {
  readonly location: string;
  readonly goesTo: AnswerPlace;
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
  /** A same-origin path to sign in at, where somebody has to do so before they start again. */
  readonly signInPath: string | undefined;
  /** The host (with port) of an application that waits for the operator, who is told of it by the person. Of a URL, so it
   * is ASCII. */
  readonly waitingHost: string | undefined;
}

/**
 * Says that nobody is signed in any more. A form led here, and the sign-in may be on another site: browsers would block
 * a redirect there, so the page goes on by a link, and by meta refresh where something waits for the sign-in.
 */
export interface SignedOutPage {
  /** Whether the person asked for it, or found out by sending a form that came too late. */
  readonly reason: 'asked' | 'session_ended';
  /** A same-origin path that asks for a sign-in. */
  readonly continuePath: string;
  readonly goesOn: boolean;
}

/** Tells a user whom the operator disabled. Only ever shown to somebody who has proved to be that user. */
export interface DisabledUserPage {
  readonly username: string;
  /** How somebody else signs in instead: by a form that signs this user out first, or, where nobody is signed in, at a
   * same-origin path. */
  readonly another: { readonly form: PageForm } | { readonly path: string };
}

/** Who vouches for a client: the operator, nobody but itself, or whoever owns the host of its id. `gone` is one that is
 * not known any more. */
export type ClientVouching = 'operator' | 'self_registered' | 'document' | 'gone';

/** What a client may do at one resource. */
export interface ConnectedResource {
  /** The identifier itself where the resource is gone. */
  readonly resourceName: string;
  readonly resource: string;
  /** In the words of the resource; without words where they are gone. */
  readonly scopes: readonly ScopeDefinition[];
  readonly connectedAtEpochSeconds: EpochSeconds;
  /** Undefined when it holds no access now: it was approved, and has to come again. */
  readonly lastUsedAtEpochSeconds: EpochSeconds | undefined;
  /** What the client says otherwise of itself now than when this user approved it; empty where it says the same, or what it
   * said was not kept. */
  readonly descriptionChanges: readonly DescriptionChange[];
}

/** A client on somebody's account. */
export interface ConnectedClient {
  /** As it is, for the hidden field `client_id`. */
  readonly clientId: string;
  /** Already bounded and free of control and bidi characters. */
  readonly name: string;
  readonly vouching: ClientVouching;
  readonly resources: readonly ConnectedResource[];
}

/** What was just done on the account page. */
export type AccountNotice = 'disconnected' | 'nothing_to_disconnect';

/** What is connected to an account, each with a form that disconnects it (`client_id`). */
export interface AccountPage {
  readonly username: string;
  readonly nowEpochSeconds: EpochSeconds;
  readonly clients: readonly ConnectedClient[];
  readonly disconnectForm: PageForm;
  readonly signOutForm: PageForm;
  readonly notice: AccountNotice | undefined;
  /** The name of the client that {@link AccountPage.notice} is about; undefined where it is not known here any more. */
  readonly noticeClientName: string | undefined;
}

/** Renders the pages of the authorization server. Whole HTML documents; every model text is escaped. */
export interface AuthorizationPages {
  signIn(page: SignInPage): string;
  consent(page: ConsentPage): string;
  leaving(page: LeavingPage): string;
  device(page: DevicePage): string;
  deviceDone(page: DeviceDonePage): string;
  untrustedRedirect(page: UntrustedRedirectPage): string;
  error(page: ErrorPage): string;
  signedOut(page: SignedOutPage): string;
  disabledUser(page: DisabledUserPage): string;
  account(page: AccountPage): string;
}
