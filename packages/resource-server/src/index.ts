export * from './access-token.js';
export * from './access-token-verifier.js';
export { type AuthInfo, callerOfAuthInfo, toAuthInfo } from './adapters/auth-info.js';
export * from './bearer-credential.js';
export * from './caller.js';
export * from './challenge.js';
export * from './issuers/trusted-issuer.js';
export * from './jwt-verifier.js';
export * from './protected-resource-metadata.js';
export * from './resource/protected-resource.js';
export * from './revocation-follower.js';
export {
  type ProtectedTenants,
  type ProtectTenantsOptions,
  protectTenants,
  type TenantOptions,
  type TenantResource,
  type TenantResourceOptions,
} from './tenancy/protect-tenants.js';
export type { TenantIssuer } from './tenancy/tenant-binding.js';
export * from './tenancy/tenant-scope.js';
export { currentCaller } from './tools/current-caller.js';
export * from './tools/guard-tools.js';
export type { AnyHandler } from './tools/guarded-handler.js';
export { type RefusalDetails, recordRefusalsOf } from './tools/refusal-trail.js';
export * from './tools/refusals.js';
export * from './tools/require-permission.js';
export * from './tools/require-scopes.js';
export * from './tools/require-tenant.js';
export * from './tools/with-caller.js';
export * from './verification-keys.js';
