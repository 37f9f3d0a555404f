import type { Caller } from '../caller.js';
import type { ProtectedResource } from '../resource/protected-resource.js';

/** What both SDKs hand to tools: as `extra.authInfo` (v1) and `ctx.http.authInfo` (v2). */
export interface AuthInfo {
  /** The access token itself. Never to be passed on, nor logged. */
  token: string;
  clientId: string;
  /** All that the caller holds, implied scopes included, so that the SDKs' own checks see them. Frozen. */
  scopes: string[];
  /** Seconds since the epoch. */
  expiresAt: number;
  resource: URL;
  resourceMetadataUrl: string;
  extra: { caller: Caller };
}

/** The parts that follow from a caller alone: its requests share them. */
const scopesOfCaller = new WeakMap<Caller, string[]>();
const urlOfResource = new WeakMap<object, URL>();

/** A caller in the SDKs' words. */
export function toAuthInfo(
  resource: Pick<ProtectedResource, 'resource' | 'metadataUrl'>,
  caller: Caller,
  accessToken: string,
): AuthInfo {
  let scopes = scopesOfCaller.get(caller);
  if (scopes === undefined) {
    // Frozen, since a scope that one request's handler added would be held in all that follow.
    scopes = Object.freeze([...caller.heldScopes]) as string[];
    scopesOfCaller.set(caller, scopes);
  }
  let url = urlOfResource.get(resource);
  if (url === undefined) {
    url = new URL(resource.resource);
    urlOfResource.set(resource, url);
  }
  return {
    token: accessToken,
    clientId: caller.clientId,
    scopes,
    expiresAt: caller.expiresAtEpochSeconds,
    resource: url,
    resourceMetadataUrl: resource.metadataUrl,
    extra: { caller },
  };
}

/** The caller in what an SDK handed to a tool; undefined where {@link toAuthInfo} did not make it. */
export function callerOfAuthInfo(
  authInfo: { readonly extra?: Readonly<Record<string, unknown>> | undefined } | undefined,
): Caller | undefined {
  const caller = authInfo?.extra?.['caller'] as Caller | undefined;
  return caller?.heldScopes instanceof Set ? caller : undefined;
}
