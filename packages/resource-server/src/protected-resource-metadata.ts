import type { Issuer, ResourceIdentifier } from '@portcullis/protocol';
import { DPOP_SIGNING_ALGORITHMS } from '@portcullis/protocol/dpop-proof';
import { canBeNeeded } from './resource/needed-scopes.js';

/** Protected resource metadata, wire names (RFC 9728 §2). */
export interface ProtectedResourceMetadata {
  readonly resource: string;
  readonly authorization_servers: readonly string[];
  /** Left out where there are none: a parameter with no value is not written (RFC 9728 §3.2). */
  readonly scopes_supported?: readonly string[];
  readonly bearer_methods_supported: readonly ['header'];
  readonly resource_name?: string;
  /** Of proofs (RFC 9449 §7.1). Left out where no token that is bound to a key can get in. */
  readonly dpop_signing_alg_values_supported?: readonly string[];
  /** Left out where bearer tokens get in as well, which is what that means. */
  readonly dpop_bound_access_tokens_required?: true;
}

/** What {@link buildProtectedResourceMetadata} is made from. */
export interface ProtectedResourceOptions {
  readonly resource: ResourceIdentifier;
  readonly issuer: Issuer;
  /** The scopes a client should ask for to begin with (MCP, Scope Selection Strategy). */
  readonly scopes: readonly string[];
  readonly displayName?: string;
  /** Whether tokens that are bound to a key (RFC 9449) get in, or no others. @defaultValue 'refused' */
  readonly dpop?: 'refused' | 'accepted' | 'required';
}

/** The path that RFC 9728 §3 puts in front of a resource's own path. */
export const PROTECTED_RESOURCE_WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** The metadata document of one resource. `offline_access` is no scope of a resource and is left out. */
export function buildProtectedResourceMetadata(options: ProtectedResourceOptions): ProtectedResourceMetadata {
  const { dpop = 'refused' } = options;
  const scopes = options.scopes.filter(canBeNeeded);
  return {
    resource: options.resource,
    authorization_servers: [options.issuer],
    ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
    bearer_methods_supported: ['header'],
    ...(options.displayName === undefined ? {} : { resource_name: options.displayName }),
    ...(dpop === 'refused' ? {} : { dpop_signing_alg_values_supported: DPOP_SIGNING_ALGORITHMS }),
    ...(dpop === 'required' ? { dpop_bound_access_tokens_required: true } : {}),
  };
}

/** Where a resource's metadata lies: the well-known path inserted before the resource's path and query (RFC 9728 §3.1). */
export function protectedResourceMetadataUrl(resource: ResourceIdentifier): string {
  const { origin, pathname, search } = new URL(resource);
  return origin + PROTECTED_RESOURCE_WELL_KNOWN + (pathname === '/' ? '' : pathname) + search;
}
