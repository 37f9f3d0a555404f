export * from './access-token.js';
export * from './access-token-verifier.js';
export { type AuthInfo, callerOfAuthInfo, toAuthInfo } from './adapters/auth-info.js';
export { type AdmittedFetch, type FetchGuard, fetchGuard } from './adapters/fetch-guard.js';
export type { GuardOptions } from './adapters/guard-options.js';
export * from './bearer-credential.js';
export * from './caller.js';
export * from './challenge.js';
export * from './issuers/issuer-metadata.js';
export * from './issuers/trusted-issuer.js';
export * from './issuers/trusted-issuers-verifier.js';
export * from './keys/remote-keys.js';
export * from './keys/unknown-key-storm.js';
export * from './keys/verification-keys.js';
export * from './presets/auth0.js';
export * from './presets/authentik.js';
export * from './presets/cognito.js';
export * from './presets/entra.js';
export * from './presets/google.js';
export * from './presets/keycloak.js';
export * from './presets/logto.js';
export * from './presets/okta.js';
export * from './presets/ping.js';
export * from './presets/portcullis.js';
export * from './presets/preset.js';
export * from './presets/preset-of-issuer.js';
export * from './presets/registry.js';
export * from './presets/rfc9068.js';
export * from './presets/workos.js';
export * from './presets/zitadel.js';
export * from './protected-resource-metadata.js';
export type {
  AuthorizationServerChoice,
  ProtectResourceOptions,
} from './resource/options.js';
export { protectResource } from './resource/protect-resource.js';
export * from './resource/protected-resource.js';
export type { BodyRefusal } from './resource/refusals.js';
export { ToolScopes } from './resource/tool-scopes.js';
export * from './revocation-follower.js';
export { protectTenants } from './tenancy/protect-tenants.js';
export type { TenantIssuer } from './tenancy/tenant-binding.js';
export type {
  ProtectedTenants,
  ProtectTenantsOptions,
  TenantOptions,
} from './tenancy/tenant-options.js';
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
export * from './verification/examine-token.js';
export {
  type AccessTokenVerifierOptions,
  createAccessTokenVerifier,
} from './verification/own-access-token-verifier.js';
export type { RememberingVerifierOptions } from './verification/remembering-verifier.js';
export { MAX_TOKEN_LENGTH } from './verification/signed-token.js';
