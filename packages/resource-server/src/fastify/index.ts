export { type FastifyLike, fastifyGuard } from './fastify-guard.js';
