import {
  type AuditEventType,
  type FetchHandler,
  type RequestContext,
  StorageUnavailableError,
} from '@portcullis/ports';
import { ClientUnavailableError } from '../clients/client-unavailable-error.js';
import type { Core } from '../core.js';
import { describeError } from '../describe-error.js';
import { SigningUnavailableError } from '../keys/signing-unavailable-error.js';
import type { RefusalReason } from '../refusals.js';
import { allowAnyOrigin, preflightResponse } from './cors.js';
import type { Endpoint, EndpointHandler, Surface } from './endpoint.js';
import { refusalResponse } from './json-response.js';
import { errorPageResponse } from './page-response.js';

/** The event that tells of a failure at a surface, where its endpoint has none of its own. */
const FAILURE_EVENTS: Readonly<Record<Surface, AuditEventType>> = {
  document: 'request.refused',
  protocol: 'token.refused',
  page: 'authorization.refused',
};

/** Whoever did not answer was given time already; a moment later it may well. */
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
    const type = endpoint.failureEvent ?? FAILURE_EVENTS[endpoint.surface];
    const event = core.trail.event(context, type, 'failed', { reason, detail: describeError(error) });
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
function reasonOf(error: unknown): RefusalReason {
  if (error instanceof StorageUnavailableError) return 'storage_unavailable';
  if (error instanceof ClientUnavailableError) return 'client_document_unavailable';
  return error instanceof SigningUnavailableError ? 'signing_unavailable' : 'internal_error';
}
