export type * from './decision.js';
export * from './method-rules.js';
export * from './scopes.js';
export * from './upstream-policy.js';
