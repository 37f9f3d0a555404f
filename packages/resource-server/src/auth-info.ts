import type { Caller } from './caller.js';
import type { ProtectedResource } from './resource/protected-resource.js';

/** What both official SDKs hand to a handler: `extra.authInfo` in v1, `ctx.http.authInfo` in v2. */
export interface AuthInfo {
  /** The token as it came: for exchange at its issuer (RFC 8693), never to be passed on. */
  token: string;
  clientId: string;
  /** What the token holds and what that implies, so that an SDK's own exact comparison agrees with ours. */
  scopes: string[];
  /** Seconds since the epoch. */
  expiresAt: number;
  resource: URL;
  /** Where SDK v2 takes the `resource_metadata` of its own challenges from. */
  resourceMetadataUrl: string;
  extra: Record<string, unknown> & { caller: Caller };
}

/**
 * The callers that were put into an `AuthInfo` here. A verifier of somebody else's may copy the claims of a token into
 * `extra`, and a claim named `caller` would then be whatever a client talked its issuer into.
 */
const verified = new WeakSet<object>();

/** Puts a verified caller into the form in which the SDKs pass it on. Verifies nothing. */
export function toAuthInfo(
  resource: Pick<ProtectedResource, 'resource' | 'metadataUrl'>,
  caller: Caller,
  accessToken: string,
): AuthInfo {
  verified.add(caller);
  return {
    token: accessToken,
    clientId: caller.clientId,
    scopes: [...caller.heldScopes],
    expiresAt: caller.expiresAtEpochSeconds,
    resource: new URL(resource.resource),
    resourceMetadataUrl: resource.metadataUrl,
    extra: { caller },
  };
}

/**
 * The caller in an `AuthInfo` that {@link toAuthInfo} made, also where an SDK has copied it member by member; undefined
 * for any other value, also where it has an `extra.caller` of its own. A copy that went through JSON or into a worker
 * has none.
 */
export function callerOfAuthInfo(authInfo: unknown): Caller | undefined {
  const caller = (authInfo as { readonly extra?: { readonly caller?: unknown } } | null | undefined)?.extra?.caller;
  return typeof caller === 'object' && caller !== null && verified.has(caller) ? (caller as Caller) : undefined;
}
