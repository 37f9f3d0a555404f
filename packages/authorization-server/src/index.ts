export { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js';
export { type ClientProblem, checkClient } from './clients/check-client.js';
export { ConfigurationError } from './configuration-error.js';
export { normaliseUsername } from './consent/username.js';
export { createSealedKeyService } from './keys/sealed-key-service.js';
export type { VerificationKey } from './keys/signing-keys.js';
export type {
  AuthorizationServerOptions,
  AuthorizationServerPorts,
  Lifetimes,
  MetadataDocumentOptions,
  RateLimits,
  SigningOptions,
} from './options.js';
export {
  createResourceServer,
  createResourceServerSecret,
  type NewResourceServer,
  type NewResourceServerSecret,
  type ResourceDefinitionFailure,
} from './resources/new-resource-server.js';
