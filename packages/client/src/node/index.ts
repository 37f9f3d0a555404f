export * from './browser-sign-in.js';
export * from './loopback-callback.js';
export * from './open-browser.js';
export * from './paste-sign-in.js';
