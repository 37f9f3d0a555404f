import {
  type AuditEventType,
  type FetchHandler,
  type RequestContext,
  StorageUnavailableError,
  type WholeRequest,
  type WholeResponse,
} from '@portcullis/ports';
import { ClientUnavailableError } from '../clients/client-unavailable-error.js';
import type { Core } from '../core.js';
import { describeError } from '../describe-error.js';
import { SigningUnavailableError } from '../keys/signing-unavailable-error.js';
import type { RefusalReason } from '../refusals.js';
import { reportFault } from '../report-fault.js';
import { emptyResponse, preflightResponse, refusalResponse } from './client-response.js';
import type {
  Endpoint,
  PageEndpoint,
  PageHandler,
  ProtocolEndpoint,
  ProtocolHandler,
  ProtocolMethod,
  Surface,
} from './endpoint.js';
import { demandContext, demandUnreadBody } from './host-call.js';
import { errorPageResponse } from './page-response.js';
import type { UnreadBody } from './request-body.js';
import { findRetryPath } from './retry-path.js';
import { refuseUnreadBody, refuseUnreadForm } from './unread-body.js';
import { fromWebRequest, toWebResponse, withoutBody } from './web-message.js';

/** The event that tells of a failure at a surface, where its endpoint has none of its own. */
const FAILURE_EVENTS: Readonly<Record<Surface, AuditEventType>> = {
  document: 'request.refused',
  protocol: 'token.refused',
  page: 'authorization.refused',
};

/** Whoever did not answer was given time already; a moment later it may well. */
const BUSY_RETRY_SECONDS = 2;

/** The endpoints behind one door, which has two sizes. Rejects with a `ConfigurationError` where the host hands on what nobody can
 * answer: no context, or a request whose body somebody has read. */
export interface Router {
  /** Answers any request. */
  readonly fetch: FetchHandler;
  /** Answers a request for an endpoint that is no page; undefined where the path is that of a page, or of nothing. */
  answerWhole(request: WholeRequest, context: RequestContext): Promise<WholeResponse> | undefined;
  /** Answers a request whose body the host did not read. */
  answerUnread(
    request: Pick<WholeRequest, 'method' | 'pathname'>,
    unread: UnreadBody,
    context: RequestContext,
  ): Promise<WholeResponse>;
}

/**
 * Turns the table of endpoints into one handler. A path that is not in the table is 404, a method that its row does not
 * name 405 with `Allow`. Whatever is thrown inside is answered without a word of why, and recorded; what should not have been
 * thrown goes to `onFault` of the host.
 */
export function createRouter(core: Core, endpoints: readonly Endpoint[]): Router {
  // No path is repaired here: one spelling, one endpoint. A `Request` has resolved dot segments before `fetch` sees it, while
  // `answerWhole` is given the path as the host read it.
  const byPath = new Map(endpoints.map((endpoint) => [endpoint.path, endpoint]));
  return {
    async fetch(request, context) {
      const url = new URL(request.url);
      const endpoint = byPath.get(url.pathname);
      if (endpoint === undefined) return new Response(null, { status: 404 });
      demandUnreadBody(request);
      if (endpoint.surface === 'page') return answerPage(core, endpoint, request, context);
      const { method } = request;
      return toWebResponse(
        await answerClient(core, endpoint, method, () => fromWebRequest(request, url), context),
        method,
      );
    },
    answerWhole(request, context) {
      const endpoint = byPath.get(request.pathname);
      const isOpen = endpoint !== undefined && endpoint.surface !== 'page';
      return isOpen ? answerClient(core, endpoint, request.method, () => request, context) : undefined;
    },
    async answerUnread({ method, pathname }, unread, context) {
      demandContext(context);
      const endpoint = byPath.get(pathname);
      if (endpoint === undefined) return { status: 404, headers: {}, body: '' };
      if (endpoint.surface !== 'page') {
        return clientHandler(endpoint, method) === undefined
          ? refuseClientMethod(endpoint, method)
          : refuseUnreadBody(core, endpoint, unread, context);
      }
      return pageHandler(endpoint, method) === undefined
        ? refusePageMethod(endpoint)
        : refuseUnreadForm(core, endpoint, unread, context);
    },
  };
}

async function answerPage(
  core: Core,
  endpoint: PageEndpoint,
  request: Request,
  context: RequestContext,
): Promise<Response> {
  demandContext(context);
  const handler = pageHandler(endpoint, request.method);
  if (handler === undefined) return toWebResponse(refusePageMethod(endpoint), request.method);
  if (request.method !== 'HEAD') return answerPerson(core, endpoint, handler, request, context);
  const asked = new Request(request, { method: 'GET' });
  return withoutBody(await answerPerson(core, endpoint, handler, asked, context));
}

async function answerPerson(
  core: Core,
  endpoint: PageEndpoint,
  handler: PageHandler,
  request: Request,
  context: RequestContext,
): Promise<Response> {
  try {
    return await handler(core, request, context);
  } catch (error) {
    const { isBusy } = recordFailure(core, endpoint, context, error);
    const retryPath = isBusy ? findRetryPath(request) : undefined;
    const page = {
      status: isBusy ? 503 : 500,
      title: 'Something went wrong here',
      summary:
        retryPath === undefined
          ? 'The request could not be handled. Try again in a moment.'
          : 'Your answer could not be taken just now. What you were asked is still there: try again in a moment.',
      code: isBusy ? 'temporarily_unavailable' : 'server_error',
      retryPath,
    };
    return errorPageResponse(core, context, page, isBusy ? { retryAfterSeconds: BUSY_RETRY_SECONDS } : {});
  }
}

/** @param read - called once it is known that the request is answered: a body may break off, which is a failure here */
async function answerClient(
  core: Core,
  endpoint: ProtocolEndpoint,
  method: string,
  read: () => WholeRequest | Promise<WholeRequest>,
  context: RequestContext,
): Promise<WholeResponse> {
  demandContext(context);
  const handler = clientHandler(endpoint, method);
  if (handler === undefined) return refuseClientMethod(endpoint, method);
  try {
    return await handler(core, await read(), context);
  } catch (error) {
    const { reason, isBusy } = recordFailure(core, endpoint, context, error);
    return refusalResponse(reason, isBusy ? { 'retry-after': String(BUSY_RETRY_SECONDS) } : undefined);
  }
}

function clientHandler({ methods, surface }: ProtocolEndpoint, method: string): ProtocolHandler | undefined {
  return handlerOf(methods, method === 'HEAD' && surface === 'document' ? 'GET' : method);
}

/** Says which methods there are: to a preflight as CORS has it, else with 405. */
function refuseClientMethod({ methods, surface }: ProtocolEndpoint, method: string): WholeResponse {
  const allowed = [...Object.keys(methods), ...(surface === 'document' ? ['HEAD'] : []), 'OPTIONS'];
  return method === 'OPTIONS' ? preflightResponse(allowed) : emptyResponse(405, { allow: allowed.join(', ') });
}

function pageHandler({ methods, getStores = false }: PageEndpoint, method: string): PageHandler | undefined {
  return handlerOf(methods, method === 'HEAD' && !getStores ? 'GET' : method);
}

function refusePageMethod({ methods, getStores = false }: PageEndpoint): WholeResponse {
  const allowed = [...Object.keys(methods), ...(methods.GET === undefined || getStores ? [] : ['HEAD'])];
  return { status: 405, headers: { allow: allowed.join(', '), 'cache-control': 'no-store' }, body: '' };
}

function handlerOf<Handler>(
  methods: Readonly<Partial<Record<ProtocolMethod, Handler>>>,
  method: string,
): Handler | undefined {
  return Object.hasOwn(methods, method) ? methods[method as ProtocolMethod] : undefined;
}

function recordFailure(
  core: Core,
  endpoint: Endpoint,
  context: RequestContext,
  error: unknown,
): { readonly reason: RefusalReason; readonly isBusy: boolean } {
  const reason = reasonOf(error);
  const ownEvent = endpoint.surface === 'page' ? undefined : endpoint.failureEvent;
  const type = ownEvent ?? FAILURE_EVENTS[endpoint.surface];
  const isBusy = reason !== 'internal_error';
  if (!isBusy) reportFault(core.ports.onFault, error, context.correlationId);
  core.trail.record(core.trail.event(context, type, 'failed', { reason, detail: describeError(error) }));
  return { reason, isBusy };
}

/** What is gone and may be back in a moment, or that something broke. */
function reasonOf(error: unknown): RefusalReason {
  if (error instanceof StorageUnavailableError) return 'storage_unavailable';
  if (error instanceof ClientUnavailableError) return 'client_document_unavailable';
  return error instanceof SigningUnavailableError ? 'signing_unavailable' : 'internal_error';
}
