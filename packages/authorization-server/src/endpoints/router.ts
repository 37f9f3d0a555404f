import {
  type AuditEventType,
  type FetchHandler,
  type RequestContext,
  StorageUnavailableError,
} from '@portcullis/ports';
import { ClientUnavailableError } from '../clients/client-unavailable-error.js';
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

/** What was waited for was waited for long; a moment later it may well answer. */
const BUSY_RETRY_SECONDS = 2;

/**
 * Turns the table of endpoints into one handler. A path that is not in the table is 404, a method that its row does not
 * name 405 with `Allow`. Whatever is thrown inside is answered without a word of why, and recorded.
 */
export function createRouter(core: Core, endpoints: readonly Endpoint[]): FetchHandler {
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  return async (request, context) => {
    // Paths are compared as they were sent: one spelling, one endpoint.
    const endpoint = byPath.get(new URL(request.url).pathname);
    return endpoint === undefined ? new Response(null, { status: 404 }) : answer(core, endpoint, request, context);
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
  const answered =
    handler === undefined ? new Response(null, { status: 404 }) : await run(core, endpoint, handler, request, context);
  const response = request.method === 'HEAD' ? new Response(null, answered) : answered;
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
    const reason = reasonOf(error);
    const isBusy = reason !== 'internal_error';
    const event = core.trail.event(context, FAILURE_EVENTS[endpoint.surface], 'failed', {
      reason,
      detail: describeError(error),
    });
    core.trail.record(event);
    const retryAfterSeconds = isBusy ? BUSY_RETRY_SECONDS : undefined;
    if (endpoint.surface !== 'page') {
      return refusalResponse(reason, isBusy ? { 'retry-after': String(BUSY_RETRY_SECONDS) } : {});
    }
    const page = {
      status: isBusy ? 503 : 500,
      title: 'Something went wrong here',
      summary: 'The request could not be handled. Try again in a moment.',
      code: isBusy ? 'temporarily_unavailable' : 'server_error',
    };
    return errorPageResponse(core, context, page, retryAfterSeconds === undefined ? {} : { retryAfterSeconds });
  }
}

/** What is gone and may be back in a moment, or that something broke. */
function reasonOf(error: unknown): 'storage_unavailable' | 'client_document_unavailable' | 'internal_error' {
  if (error instanceof StorageUnavailableError) return 'storage_unavailable';
  return error instanceof ClientUnavailableError ? 'client_document_unavailable' : 'internal_error';
}

/** The kind of an error. Not its message, which may quote what was being read. */
function describeError(error: unknown): string {
  if (!(error instanceof Error)) return 'not an Error';
  return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name;
}
