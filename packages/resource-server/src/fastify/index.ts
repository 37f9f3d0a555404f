export type { GuardOptions } from '../adapters/guard-options.js';
export { type FastifyLike, type FastifyRequestLike, fastifyGuard } from './fastify-guard.js';
