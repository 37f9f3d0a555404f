export type { GuardOptions } from '../adapters/guard-options.js';
export { callerOfRequest, type GuardedRequest, type RequestAuth } from '../adapters/guarded-request.js';
export { type ExpressRequest, type ExpressResponse, expressGuard } from './express-guard.js';
export { expressMetadata } from './express-metadata.js';
