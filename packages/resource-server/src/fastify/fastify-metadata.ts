import { checkGuarded } from '../adapters/check-guarded.js';
import { answerMetadata } from '../adapters/metadata-request.js';
import { presentNodeRequest } from '../adapters/node-http.js';
import type { GuardedResource } from '../resource/protected-resource.js';
import {
  asWide,
  type FastifyLike,
  type FastifyPlugin,
  type FastifyReplyLike,
  type FastifyRequestLike,
  sendFastifyReply,
} from './fastify-guard.js';

/**
 * A Fastify plugin that serves the metadata and nothing else, for `app.register(fastifyMetadata(resource))`: it goes with
 * a {@link fastifyGuard} that is registered within a prefix, where requests for the metadata never come. Guards nothing.
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function fastifyMetadata(resource: GuardedResource): FastifyPlugin {
  checkGuarded('fastifyMetadata', resource);
  async function onRequest({ raw, originalUrl }: FastifyRequestLike, reply: FastifyReplyLike): Promise<unknown> {
    const answer = await answerMetadata(resource, presentNodeRequest(raw, originalUrl, false, undefined));
    return answer === undefined ? undefined : sendFastifyReply(reply, answer);
  }

  return asWide((instance: FastifyLike, _options: unknown, done: (error?: Error) => void) => {
    instance.addHook('onRequest' as never, onRequest as never);
    done();
  });
}
