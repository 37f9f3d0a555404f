import type { EpochSeconds } from '@portcullis/protocol';
import type { Grant } from '../grants/grant.js';
import type { Transport } from '../http/transport.js';
import type { OAuthClientError } from '../oauth-client-error.js';
import type { ClientIdentity } from '../registration/client-identity.js';
import type { PushedAuthorizationRequests } from '../sign-in/push-authorization-request.js';
import type { ClientStore } from '../stores/client-store.js';

/** What a client tells of its work, for a person who waits or for a log. Holds no secret. */
export type ClientEvent =
  | { readonly type: 'signing_in'; readonly issuer: string }
  | { readonly type: 'signed_in'; readonly issuer: string; readonly scopes: readonly string[] }
  | { readonly type: 'refreshed'; readonly issuer: string }
  /** Another process had already fetched a newer token. */
  | { readonly type: 'adopted'; readonly issuer: string }
  /** The server gave other scopes than were asked for. */
  | { readonly type: 'scopes_differ'; readonly asked: readonly string[]; readonly granted: readonly string[] }
  /** What was fetched could not be kept: it lasts as long as this process. */
  | { readonly type: 'not_saved'; readonly error: OAuthClientError };

/** The profile of whoever names none. */
export const DEFAULT_PROFILE = 'default';

/** How a client works for one MCP server. */
export interface SessionOptions {
  /** The MCP server, as the user named it. Tokens go to it and to nothing else. */
  readonly serverUrl: string | URL;
  /** How the first tokens are come by. */
  readonly grant: Grant;
  /** Who this client is. @defaultValue one that registers itself */
  readonly client?: ClientIdentity;
  /** Where registrations and tokens are kept. @defaultValue memory, as long as the process */
  readonly store?: ClientStore;
  /** The way to metadata and to authorization servers, which the server names: see {@link Transport}. */
  readonly transport: Transport;
  /** Keeps several accounts at one server apart. @defaultValue "default" */
  readonly profile?: string;
  /**
   * Asked for at every sign-in, beside what the server asks for; by a grant without a person in place of that, but for
   * what a 403 demands. @defaultValue none
   */
  readonly scopes?: readonly string[];
  /** Whether a server without any metadata is taken for one of the revision 2025-03-26. @defaultValue true */
  readonly legacyFallback?: boolean;
  /**
   * Chooses among the authorization servers that the server names; one that names none has the one at its own origin (see
   * `legacyFallback`). Undefined refuses them all. @defaultValue the first
   */
  readonly chooseAuthorizationServer?: (issuers: readonly string[]) => string | undefined;
  /** `always` binds every token to a key (RFC 9449); `when_asked` does where the server demands it. @defaultValue "when_asked" */
  readonly dpop?: 'when_asked' | 'always';
  /**
   * `when_required` pushes authorization requests (RFC 9126) where the metadata of the authorization server require it;
   * `always` is for a client that its server requires it of alone. @defaultValue "when_required"
   */
  readonly pushedAuthorizationRequests?: PushedAuthorizationRequests;
  /** A token is renewed when it has this many seconds left. @defaultValue 60, or a tenth of its life where that is less */
  readonly refreshAheadSeconds?: number;
  /** @defaultValue the time of day */
  readonly now?: () => EpochSeconds;
  readonly onEvent?: (event: ClientEvent) => void;
}
