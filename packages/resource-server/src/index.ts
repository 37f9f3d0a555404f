export * from './access-token.js';
export * from './access-token-verifier.js';
export * from './bearer-credential.js';
export * from './caller.js';
export * from './challenge.js';
export * from './issuers/issuer-metadata.js';
export * from './issuers/trusted-issuer.js';
export * from './issuers/trusted-issuers-verifier.js';
export * from './keys/remote-keys.js';
export * from './keys/unknown-key-storm.js';
export * from './keys/verification-keys.js';
export * from './protected-resource-metadata.js';
export * from './resource/protected-resource.js';
export * from './revocation-follower.js';
export {
  type AccessTokenVerifierOptions,
  createAccessTokenVerifier,
} from './verification/own-access-token-verifier.js';
export type { RememberingVerifierOptions } from './verification/remembering-verifier.js';
