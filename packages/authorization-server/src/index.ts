export { type AuthorizationServer, createAuthorizationServer } from './authorization-server.js';
export { ConfigurationError } from './configuration-error.js';
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
export { normaliseUsername } from './sign-in/password/username.js';
