import type { AuditEventType, FetchHandler, RequestContext } from '@portcullis/ports';
import { Hono } from 'hono';
import type { Core } from '../core.js';
import { allowAnyOrigin, preflightResponse } from './cors.js';
import type { Endpoint, EndpointHandler, Surface } from './endpoint.js';
import { refusalResponse } from './json-response.js';
import { errorPageResponse } from './page-response.js';

/** The event that tells of a failure at a surface. */
const FAILURE_EVENTS: Readonly<Record<Surface, AuditEventType>> = {
  document: 'request.refused',
  protocol: 'token.refused',
  page: 'authorization.refused',
};

/**
 * Turns the table of endpoints into one handler. A path that is not in the table is 404, a method that its row does not
 * name 405 with `Allow`. Whatever is thrown inside is answered without a word of why, and recorded.
 */
export function createRouter(core: Core, endpoints: readonly Endpoint[]): FetchHandler {
  const app = new Hono<{ Bindings: RequestContext }>();
  for (const endpoint of endpoints) {
    app.all(endpoint.path, (c) => answer(core, endpoint, c.req.raw, c.env));
  }
  app.notFound(() => new Response(null, { status: 404 }));
  const paths = new Set(endpoints.map((endpoint) => endpoint.path));
  return async (request, context) => {
    // Hono decodes paths before it compares; ours are compared as they were sent.
    return paths.has(new URL(request.url).pathname) ? app.fetch(request, context) : new Response(null, { status: 404 });
  };
}

async function answer(core: Core, endpoint: Endpoint, request: Request, context: RequestContext): Promise<Response> {
  const isOpen = endpoint.surface !== 'page';
  const allowed = [
    ...Object.keys(endpoint.methods),
    ...(endpoint.surface === 'document' ? ['HEAD'] : []),
    ...(isOpen ? ['OPTIONS'] : []),
  ];
  if (!allowed.includes(request.method)) {
    return new Response(null, { status: 405, headers: { allow: allowed.join(', '), 'cache-control': 'no-store' } });
  }
  if (request.method === 'OPTIONS') return preflightResponse(allowed);
  const handler = request.method === 'POST' ? endpoint.methods.POST : endpoint.methods.GET;
  const response =
    handler === undefined ? new Response(null, { status: 404 }) : await run(core, endpoint, handler, request, context);
  return isOpen ? allowAnyOrigin(response) : response;
}

async function run(
  core: Core,
  endpoint: Endpoint,
  handler: EndpointHandler,
  request: Request,
  context: RequestContext,
): Promise<Response> {
  try {
    return await handler(core, request, context);
  } catch (error) {
    const detail = describeError(error);
    const type = FAILURE_EVENTS[endpoint.surface];
    core.trail.record(core.trail.event(context, type, 'failed', { reason: 'internal_error', detail }));
    return endpoint.surface === 'page'
      ? errorPageResponse(core, context, {
          status: 500,
          title: 'Something went wrong here',
          summary: 'The request could not be handled. Try again in a moment.',
          code: 'server_error',
        })
      : refusalResponse('internal_error');
  }
}

/** The kind of an error. Not its message, which may quote what was being read. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
