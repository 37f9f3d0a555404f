export type { AccessTokenFailure, RecipientProof, VerifiedAccessToken } from './access-token.js';
export type { AccessTokenVerifier, Verification } from './access-token-verifier.js';
export { type AuthInfo, callerOfAuthInfo, toAuthInfo } from './adapters/auth-info.js';
export { type AdmittedFetch, type FetchGuard, fetchGuard } from './adapters/fetch-guard.js';
export type { GuardOptions } from './adapters/guard-options.js';
export type { Caller } from './caller.js';
export { buildChallenge, type ResourceChallenge } from './challenge.js';
export type {
  CustomIssuer,
  TokenContext,
  TokenFacts,
  TokenHeader,
  TokenRules,
  TokenVerification,
  TrustedIssuer,
} from './issuers/trusted-issuer.js';
export { MAX_JWK_SET_BYTES } from './keys/remote-keys.js';
export { recordUnknownKeyStorm, type UnknownKeyStorm } from './keys/unknown-key-storm.js';
export {
  createVerificationKeys,
  type FoundKeys,
  type VerificationKey,
  type VerificationKeys,
  type VerificationKeysOptions,
} from './keys/verification-keys.js';
export { checkScheme, type SchemeRefusal } from './possession/check-scheme.js';
export { type DpopOptions, type DpopSettings, resolveDpop } from './possession/dpop-options.js';
export {
  type BoundRequest,
  type CheckedProof,
  createProofOfPossession,
  type ProofFailure,
  type ProofFailureReason,
  type ProofOfPossession,
  type ProofOfPossessionOptions,
} from './possession/proof-of-possession.js';
export { createReplayMemory, type ReplayMemory, type ReplayMemoryOptions } from './possession/replay-memory.js';
export {
  type AuthenticationScheme,
  type CredentialRefusal,
  type PresentedCredential,
  readPresentedCredential,
  searchOf,
} from './presented-credential.js';
export { type Auth0Options, auth0 } from './presets/auth0.js';
export { type AuthentikOptions, authentik } from './presets/authentik.js';
export type { TokenBinding } from './presets/claim-rules.js';
export { type CognitoOptions, cognito } from './presets/cognito.js';
export { type EntraOptions, type EntraTenantsOptions, entra, entraTenants } from './presets/entra.js';
export { type GoogleOptions, google } from './presets/google.js';
export { type KeycloakOptions, keycloak } from './presets/keycloak.js';
export { type LogtoOptions, logto } from './presets/logto.js';
export { type OktaOptions, okta } from './presets/okta.js';
export { type PingOptions, ping } from './presets/ping.js';
export { type PortcullisOptions, portcullis } from './presets/portcullis.js';
export type { DirectUse, Preset, PresetName, PresetTarget } from './presets/preset.js';
export { presetOfIssuer } from './presets/preset-of-issuer.js';
export { PRESETS } from './presets/registry.js';
export { type Rfc9068Options, rfc9068 } from './presets/rfc9068.js';
export { type WorkosOptions, workos } from './presets/workos.js';
export { type ZitadelOptions, zitadel } from './presets/zitadel.js';
export {
  buildProtectedResourceMetadata,
  PROTECTED_RESOURCE_WELL_KNOWN,
  type ProtectedResourceMetadata,
  type ProtectedResourceOptions,
  protectedResourceMetadataUrl,
} from './protected-resource-metadata.js';
export type { AuthorizationServerChoice, ProtectResourceOptions } from './resource/options.js';
export { preflightHeaders } from './resource/origins.js';
export { protectResource } from './resource/protect-resource.js';
export type {
  Admission,
  AdmittedRequest,
  GuardedResource,
  PresentedRequest,
  ProtectedResource,
  TokenAdmission,
} from './resource/protected-resource.js';
export type { ToolScopes } from './resource/tool-scopes.js';
export {
  createRevocationFollower,
  type RevocationFollower,
  type RevocationFollowerOptions,
} from './revocation-follower.js';
export { protectTenants } from './tenancy/protect-tenants.js';
export type { TenantIssuer } from './tenancy/tenant-binding.js';
export type {
  ProtectedTenants,
  ProtectTenantsOptions,
  TenantOptions,
} from './tenancy/tenant-options.js';
export {
  createTenantScopes,
  type TenantScope,
  type TenantScopes,
  type TenantScopesOptions,
} from './tenancy/tenant-scope.js';
export { currentCaller } from './tools/current-caller.js';
export { guardTools, type ToolDeclarations, type ToolRegistrar } from './tools/guard-tools.js';
export type { AnyHandler } from './tools/guarded-handler.js';
export {
  InsufficientScopeError,
  type NoCallerReason,
  NotAuthenticatedError,
  PermissionDeniedError,
  TenantMismatchError,
  ToolRefusal,
  type ToolRefusalCode,
} from './tools/refusals.js';
export { requirePermission } from './tools/require-permission.js';
export { requireScopes } from './tools/require-scopes.js';
export { requireTenant } from './tools/require-tenant.js';
export { withCaller } from './tools/with-caller.js';
export * from './verification/examine-token.js';
export {
  type AccessTokenVerifierOptions,
  createAccessTokenVerifier,
} from './verification/own-access-token-verifier.js';
export { MAX_TOKEN_LENGTH } from './verification/signed-token.js';
export { DEFAULT_CLOCK_TOLERANCE_SECONDS } from './verification/token-times.js';
