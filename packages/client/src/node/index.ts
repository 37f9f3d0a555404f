export * from './browser-sign-in.js';
export * from './default-directory.js';
export * from './file-store.js';
export * from './guarded-transport.js';
export type { KeychainEntry, KeychainModule } from './keychain.js';
export * from './loopback-callback.js';
export * from './open-browser.js';
export * from './paste-sign-in.js';
export * from './store-key.js';
