export * from './access-token.js';
export * from './access-token-verifier.js';
export { type AuthInfo, callerOfAuthInfo, toAuthInfo } from './adapters/auth-info.js';
export { type AdmittedFetch, type FetchGuard, fetchGuard } from './adapters/fetch-guard.js';
export * from './bearer-credential.js';
export * from './caller.js';
export * from './challenge.js';
export * from './issuers/trusted-issuer.js';
export * from './jwt-verifier.js';
export * from './protected-resource-metadata.js';
export type {
  AuthorizationServerChoice,
  CustomIssuer,
  ProtectResourceOptions,
} from './resource/options.js';
export { protectResource } from './resource/protect-resource.js';
export * from './resource/protected-resource.js';
export type { BodyRefusal } from './resource/refusals.js';
export { ToolScopes } from './resource/tool-scopes.js';
export * from './revocation-follower.js';
export * from './verification-keys.js';
