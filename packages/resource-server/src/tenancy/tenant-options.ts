import type { TenantId } from '@portcullis/protocol';
import type { ProtectResourceOptions } from '../resource/options.js';
import type { GuardedResource, ProtectedResource } from '../resource/protected-resource.js';
import type { ToolDeclarations } from '../tools/guard-tools.js';
import type { TenantIssuer } from './tenant-binding.js';

/** What follows from the route, or is said in another way where there are tenants. */
type OfTheRoute = 'resource' | 'authorizationServers' | 'tenantId' | 'path';

/**
 * One tenant, as the host knows it: anything that a resource may be told, for this tenant alone, and nothing else. A row of a
 * database with more columns is refused, since a misspelt option cannot be told from a column.
 */
export type TenantOptions = Partial<Omit<ProtectResourceOptions, OfTheRoute | 'tools'>> & {
  /** The tenant's own issuers, which issue for nobody else: their tokens need not tell a tenant. @defaultValue none */
  readonly authorizationServers?: readonly TenantIssuer[];
  /**
   * What its issuers call the tenant, and so what its callers' `tenantId` is. @defaultValue its name in the route
   */
  readonly tenantId?: TenantId;
};

/** What `protectTenants` is told: what all tenants have in common, and how one is found. */
export type ProtectTenantsOptions = Partial<Omit<ProtectResourceOptions, OfTheRoute>> & {
  /** The identifier of each tenant's resource, its name as `{tenant}`: a segment of the path, or the host's first label. */
  readonly resource: string;
  /**
   * The tenant of a name, or undefined where there is none. Asked for every name that is not known, so it should be
   * quick; names match `[a-z0-9][a-z0-9-]{0,62}`.
   */
  readonly tenant: (name: string) => TenantOptions | undefined | Promise<TenantOptions | undefined>;
  /**
   * Issuers that serve several tenants: their tokens have to tell which one they are of. Their keys are fetched once for
   * all tenants, with the `fetch` that stands here. @defaultValue none
   */
  readonly authorizationServers?: readonly TenantIssuer[];
  /** How many tenants are kept ready; the one that was not asked for longest makes room. @defaultValue 1000 */
  readonly maxTenants?: number;
};

/**
 * The resources of all tenants behind one guard: for adapters and `guardTools`, like a single resource. The tenant is the
 * one of the route, whatever headers, query or body say.
 */
export interface ProtectedTenants extends GuardedResource, ToolDeclarations {
  /** The resource of one tenant; undefined for a name that is none. Rejects where the tenant cannot be found out. */
  resourceOf(name: string): Promise<ProtectedResource | undefined>;
  /** Asks anew for a tenant at its next request: after it was changed or removed. */
  forget(name: string): void;
}
