export type { GuardOptions } from '../adapters/guard-options.js';
export { callerOfRequest, type GuardedRequest, type RequestAuth } from '../adapters/guarded-request.js';
export { type FastifyLike, type FastifyPlugin, type FastifyRequestLike, fastifyGuard } from './fastify-guard.js';
export { fastifyMetadata } from './fastify-metadata.js';
