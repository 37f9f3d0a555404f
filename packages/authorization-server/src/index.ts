export { type AssertionIssuerProblem, checkAssertionIssuer } from './assertion-issuers/check-assertion-issuer.js';
export { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js';
export { type ClientProblem, checkClient, GRANTS_OF_THE_PROVEN } from './clients/check-client.js';
export { usesClientSecret } from './clients/client-secret-methods.js';
export { METADATA_DOCUMENT_LIMITS } from './clients/metadata-documents/fetch-document.js';
export { type HttpFreshness, readHttpFreshness } from './clients/metadata-documents/http-freshness.js';
export { isHostPattern } from './clients/metadata-documents/trusted-hosts.js';
export { ConfigurationError } from './configuration-error.js';
export { workloadSubject } from './grants/workload-subject.js';
export {
  createKeyManagement,
  type KeyManagement,
  type KeyManagementOptions,
  type KeyManagementPorts,
  type RotationOptions,
  type RotationOutcome,
  type SigningKeyRecord,
} from './keys/key-management.js';
export type { SigningKeyState } from './keys/key-timeline.js';
export { createSealedKeyService } from './keys/sealed-key-service.js';
export type { VerificationKey } from './keys/signing-keys.js';
export { LEAST_PUBLISH_AHEAD_SECONDS } from './keys/signing-settings.js';
export { WrongMasterKeyError } from './keys/wrong-master-key-error.js';
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
export {
  createResourceServer,
  createResourceServerSecret,
  type NewResourceServer,
  type NewResourceServerSecret,
  type ResourceDefinitionFailure,
} from './resources/new-resource-server.js';
export { normaliseUsername } from './sign-in/password/username.js';
export { subjectAtIssuer } from './sign-in/subject-at-issuer.js';
