export * from './default-directory.js';
export * from './file-store.js';
export * from './guarded-transport.js';
export type { KeychainEntry, KeychainModule } from './keychain.js';
export * from './store-key.js';
