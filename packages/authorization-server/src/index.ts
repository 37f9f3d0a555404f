export { type AssertionIssuerProblem, checkAssertionIssuer } from './assertion-issuers/check-assertion-issuer.js';
export { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js';
export type { UnreadBody } from './endpoints/request-body.js';
export * from './keys.js';
export type {
  AssertionIssuer,
  AuthorizationServerOptions,
  AuthorizationServerPorts,
  IdentityProviderIssuer,
  Lifetimes,
  MetadataDocumentOptions,
  RateLimits,
  SigningOptions,
  WorkloadIdentity,
  WorkloadIssuer,
} from './options.js';
export * from './rules.js';
