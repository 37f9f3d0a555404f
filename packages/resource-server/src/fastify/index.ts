export type { GuardOptions } from '../adapters/guard-options.js';
export { type FastifyLike, type FastifyPlugin, type FastifyRequestLike, fastifyGuard } from './fastify-guard.js';
export { fastifyMetadata } from './fastify-metadata.js';
