import type { Caller } from '../caller.js';
import { protectedResourceMetadataUrl } from '../protected-resource-metadata.js';

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
type CallerParts = Pick<AuthInfo, 'scopes' | 'resource' | 'resourceMetadataUrl'>;
const partsOfCaller = new WeakMap<Caller, CallerParts>();

/** A caller in the SDKs' words. Resource and metadata are those that its token was verified for. */
export function toAuthInfo(caller: Caller, accessToken: string): AuthInfo {
  let parts = partsOfCaller.get(caller);
  if (parts === undefined) {
    parts = {
      // Frozen, since a scope that one request's handler added would be held in all that follow.
      scopes: Object.freeze([...caller.heldScopes]) as string[],
      resource: new URL(caller.resource),
      resourceMetadataUrl: protectedResourceMetadataUrl(caller.resource),
    };
    partsOfCaller.set(caller, parts);
  }
  return {
    ...parts,
    token: accessToken,
    clientId: caller.clientId,
    expiresAt: caller.expiresAtEpochSeconds,
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
