import type { Caller } from '../caller.js';

/** What both SDKs hand to tools: as `extra.authInfo` (v1) and `ctx.http.authInfo` (v2). */
export interface AuthInfo {
  /** The access token itself. Never to be passed on, nor logged. */
  token: string;
  clientId: string;
  /** All that the caller holds, implied scopes included, so that the SDKs' own checks see them. Frozen. */
  scopes: string[];
  /** Seconds since the epoch. */
  expiresAt: number;
  readonly resource: URL;
  resourceMetadataUrl: string;
  extra: { caller: Caller };
}

/**
 * Callers that {@link toAuthInfo} was given: nothing that was parsed from a token or copied into `extra` is among them.
 * One set for the process, since an application may hold this package twice, bundled once with each entry point.
 */
const CALLERS = Symbol.for('@portcullis/resource-server: callers');
const shared = globalThis as { [CALLERS]?: WeakSet<object> };
shared[CALLERS] ??= new WeakSet();
const callers: WeakSet<object> = shared[CALLERS];

/** A caller in the SDKs' words. Resource and metadata are those that its token was verified for. */
export function toAuthInfo(caller: Caller, accessToken: string): AuthInfo {
  callers.add(caller);
  return {
    token: accessToken,
    clientId: caller.clientId,
    // Frozen, since a scope that a handler added would be held in all that the request does after it.
    scopes: Object.freeze([...caller.heldScopes]) as string[],
    expiresAt: caller.expiresAtEpochSeconds,
    // Few ask for it, and to make one is dear. Anew each time, since a URL can be changed.
    get resource() {
      return new URL(caller.resource);
    },
    resourceMetadataUrl: caller.resourceMetadataUrl,
    extra: { caller },
  };
}

/** The caller in what an SDK handed to a tool; undefined where {@link toAuthInfo} did not make it. */
export function callerOfAuthInfo(
  authInfo: { readonly extra?: Readonly<Record<string, unknown>> | undefined } | undefined,
): Caller | undefined {
  const caller = authInfo?.extra?.['caller'];
  return typeof caller === 'object' && caller !== null && callers.has(caller) ? (caller as Caller) : undefined;
}
