export * from './guarded-transport.js';
