export * from './access-token.js';
export * from './access-token-verifier.js';
export * from './bearer-credential.js';
export * from './challenge.js';
export * from './jwt-verifier.js';
export * from './protected-resource-metadata.js';
export * from './revocation-follower.js';
export * from './verification-keys.js';
