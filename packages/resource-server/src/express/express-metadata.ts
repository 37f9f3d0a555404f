import { checkGuarded } from '../adapters/check-guarded.js';
import { answerMetadata } from '../adapters/metadata-request.js';
import { presentNodeRequest, sendNodeResponse } from '../adapters/node-http.js';
import type { GuardedResource } from '../resource/protected-resource.js';
import type { ExpressRequest, ExpressResponse } from './express-guard.js';

/**
 * Express middleware that serves the metadata and nothing else, for `app.use(expressMetadata(resource))`: it goes with an
 * {@link expressGuard} that is mounted at a path or put before one route, where requests for the metadata never come.
 * Guards nothing.
 *
 * @throws {TypeError} when `resource` is not what `protectResource` or `protectTenants` returned
 */
export function expressMetadata(
  resource: GuardedResource,
): (request: ExpressRequest, response: ExpressResponse, next: (error?: unknown) => void) => void {
  checkGuarded('expressMetadata', resource);
  return (request, response, next) => {
    const answering = answerMetadata(resource, presentNodeRequest(request, request.originalUrl, false, undefined));
    Promise.resolve(answering)
      .then((answer) => (answer === undefined ? next() : sendNodeResponse(request, response, answer)))
      .catch(next);
  };
}
