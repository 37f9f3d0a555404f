import type { ProtectResourceOptions } from '../resource/options.js';
import { protectResource } from '../resource/protect-resource.js';
import type { ProtectedResource } from '../resource/protected-resource.js';
import { createTenantResources, type ProtectedTenants, type ProtectTenantsOptions } from './tenant-resources.js';

/**
 * {@link protectResource} for one server of many tenants: each has its own resource identifier, metadata, issuers and
 * verified tokens, and is found by the route alone. What `tenant` answers holds for that tenant, everything else for all.
 *
 * @example
 * ```ts
 * const tenants = protectTenants({
 *   resource: 'https://mcp.example.com/t/{tenant}/mcp',
 *   tenant: async (name) => await directory.find(name),   // { authorizationServers: […] }, or undefined
 * });
 * app.use(expressGuard(tenants));
 * ```
 * @throws {TypeError} where the template has no place for a tenant, or an issuer of all tenants is only named
 */
export function protectTenants(
  options: ProtectTenantsOptions<ProtectResourceOptions>,
): ProtectedTenants<ProtectedResource> {
  return createTenantResources(options, protectResource);
}
