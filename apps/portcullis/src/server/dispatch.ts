import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { answerNodeRequest, isSameAuthority, sendWhole } from '@portcullis/authorization-server/node';
import type { AuditSink, Platform, RequestContext } from '@portcullis/ports';
import { fail, type Result } from '@portcullis/protocol';
import type { ClientNetworkReader } from './client-address.js';
import { newCorrelationId } from './correlation-id.js';
import { answerFlood } from './flood-answer.js';
import type { FloodGuard } from './flood-guard.js';
import type { HostCheck } from './host-check.js';
import { answerOpenPreflight, OPEN_METHODS } from './open-document.js';
import { recordRefusal } from './refusal-event.js';
import { checkRequestFraming, meetsExpectation } from './request-guard.js';
import { parseRequestTarget, type RequestTarget } from './request-target.js';
import type { Asset, Routes } from './routes.js';
import { allowsReading, READING_METHODS, sendPage, sendText, wantsPage } from './send.js';

/** What the dispatcher works with. */
export interface DispatchOptions {
  readonly routes: Routes;
  /** The configured origin. */
  readonly publicUrl: string;
  /** The value of `Strict-Transport-Security`, where there is one. */
  readonly strictTransport: string | undefined;
  /** Whether new work is welcome; asked by `/readyz`. */
  ready(): { readonly ready: boolean };
  readonly clientNetwork: ClientNetworkReader;
  readonly hostCheck: HostCheck;
  readonly floodGuard: FloodGuard;
  readonly platform: Pick<Platform, 'random' | 'clock'>;
  readonly audit: AuditSink;
  /** Takes what a handler threw. */
  onFault(error: unknown, correlationId: string): void;
}

/** Of bodies at the authorization server: those between its own limit and this one it refuses in the words of each endpoint. */
const MAX_BODY_BYTES = 64 * 1024;

/** Of an MCP endpoint. */
const MCP_METHODS = 'GET, POST, DELETE, OPTIONS';

const RETRY_AFTER_FAULT_SECONDS = 5;

/** A request that goes no further, and what is said of it. */
interface Refusal {
  readonly reason: string;
  readonly status: number;
  readonly text: string;
  /** Where a person's browser is sent instead. */
  readonly location?: string;
}

const EXPECTATION_FAILED: Refusal = { reason: 'expectation_failed', status: 417, text: 'Expectation failed\n' };
/** Of a target in absolute form (RFC 9110 §7.4). */
const MISDIRECTED: Refusal = { reason: 'target_scheme_mismatch', status: 421, text: 'Misdirected request\n' };

/**
 * Answers each request, in this order: framing, health, target, host, expectation, flood guard, route. A path has one
 * spelling. A refusal by framing, target, host, expectation or flood guard ends the connection, and what follows on it is
 * not read: a message that was understood wrongly may hide another. An answer to a health probe ends it too. Never throws.
 *
 * @returns what answers whether the request goes further; a flood is known only later
 */
export function createDispatcher(
  options: DispatchOptions,
): (request: IncomingMessage, response: ServerResponse) => boolean {
  const { routes, platform, strictTransport } = options;
  const entityTags = new Map([...routes.assets].map(([path, asset]) => [path, entityTag(asset)]));
  const endedConnections = new WeakSet<Socket>();
  const publicProtocol = new URL(options.publicUrl).protocol;

  return (request, response) => {
    if (endedConnections.has(request.socket)) return false;
    const correlationId = newCorrelationId(platform.random);
    response.setHeader('X-Request-Id', correlationId);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (strictTransport !== undefined) response.setHeader('Strict-Transport-Security', strictTransport);
    const context = { network: options.clientNetwork(request), correlationId };
    const framing = checkRequestFraming(request);
    if (framing === undefined && answerHealth(request, response)) return false;
    const admitted = framing === undefined ? admit(request) : fail(refusalOf(framing));
    // At once, although the answer waits for the flood guard: the next message may be in the same packet.
    if (!admitted.ok) endedConnections.add(request.socket);
    answer(request, response, admitted, context).catch((error: unknown) => fault(error, request, response, context));
    return admitted.ok;
  };

  function admit(request: IncomingMessage): Result<RequestTarget, Refusal> {
    const target = parseRequestTarget(request.url ?? '');
    if (!target.ok) return fail(refusalOf(target.failure));
    const { host } = request.headers;
    const { authority, scheme = '' } = target.value;
    if (authority !== undefined && !isSameAuthority(scheme, authority, host)) {
      return fail(refusalOf('target_host_mismatch'));
    }
    const foreign = options.hostCheck(host);
    if (foreign === undefined && authority !== undefined && !isOwnScheme(scheme, request.socket))
      return fail(MISDIRECTED);
    if (foreign === undefined) return meetsExpectation(request) ? target : fail(EXPECTATION_FAILED);
    const { status, text, isAlias } = foreign;
    const location = options.publicUrl + target.value.pathname + target.value.search;
    return fail({ reason: 'unknown_host', status, text, ...(isAlias && wantsPage(request) ? { location } : {}) });
  }

  /** The scheme of the public URL; or that of the connection, which a proxy in front may write. */
  function isOwnScheme(scheme: string, socket: Socket): boolean {
    return `${scheme}:` === publicProtocol || scheme === (socket instanceof TLSSocket ? 'https' : 'http');
  }

  async function answer(
    request: IncomingMessage,
    response: ServerResponse,
    admitted: Result<RequestTarget, Refusal>,
    context: RequestContext,
  ): Promise<void> {
    const flood = await options.floodGuard.consume(context, 429);
    if (!flood.allowed) {
      endedConnections.add(request.socket);
      const pathname = admitted.ok ? admitted.value.pathname : undefined;
      return answerFlood(routes, request, response, pathname, context, flood.retryAfterSeconds);
    }
    if (!admitted.ok) {
      const { reason, status, text, location } = admitted.failure;
      if (location !== undefined && request.method === 'GET') {
        // Temporary: what this name means may change with the configuration.
        response.writeHead(307, { Location: location, Connection: 'close', 'Content-Length': 0 }).end();
        return;
      }
      recordRefusal(options, context, reason, status);
      const allow = status === 405 ? { Allow: await allowedAt(request, context) } : {};
      return sendText(request, response, status, text, { ...allow, Connection: 'close' });
    }
    // From here on every reader sees the origin form.
    request.url = admitted.value.pathname + admitted.value.search;
    await route(request, response, admitted.value, context);
  }

  /** The methods that there are in place of one that is nowhere. */
  async function allowedAt({ method = '', url = '' }: IncomingMessage, context: RequestContext): Promise<string> {
    const target = parseRequestTarget(url);
    const pathname = target.ok ? target.value.pathname : '';
    if (routes.mcp.has(pathname)) return MCP_METHODS;
    if (routes.prm.has(pathname)) return OPEN_METHODS;
    if (!routes.authorizationServer.handles(pathname)) return READING_METHODS;
    // It refuses the method before it looks at anything else.
    const { headers } = await routes.authorizationServer.answerUnread({ method, pathname }, 'body_too_large', context);
    return headers['allow'] ?? READING_METHODS;
  }

  async function route(
    request: IncomingMessage,
    response: ServerResponse,
    target: RequestTarget,
    context: RequestContext,
  ): Promise<void> {
    const { pathname, search } = target;
    const endpoint = routes.mcp.get(pathname);
    if (endpoint !== undefined) {
      const isBrowser = request.method === 'GET' && wantsPage(request) && request.headers.authorization === undefined;
      const page = isBrowser ? routes.humanPage(pathname) : undefined;
      return page === undefined ? endpoint.handle(request, response, context) : sendPage(request, response, 200, page);
    }
    const metadata = routes.prm.get(pathname);
    if (metadata !== undefined) return sendMetadata(request, response, metadata);
    const asset = routes.assets.get(pathname);
    if (asset !== undefined) return sendAsset(request, response, asset, entityTags.get(pathname) ?? '');
    if (routes.authorizationServer.handles(pathname)) {
      const call = { pathname, search, origin: options.publicUrl, context, maxBodyBytes: MAX_BODY_BYTES };
      return answerNodeRequest(routes.authorizationServer, request, response, call);
    }
    if (pathname === '/favicon.ico') {
      if (!allowsReading(request, response)) return;
      response.writeHead(204, { 'Cache-Control': 'public, max-age=86400' }).end();
    } else if (pathname === '/') {
      if (allowsReading(request, response)) sendPage(request, response, 200, routes.home());
    } else if (pathname.startsWith('/.well-known/')) {
      sendNoDocument(request, response);
    } else if (wantsPage(request)) {
      sendPage(request, response, 404, routes.notFound());
    } else {
      sendText(request, response, 404, 'Not found\n');
    }
  }

  /**
   * Status only, to anybody: it must answer a probe that knows no name, and under a flood. The connection ends, since no other
   * check was made and nothing of it was counted.
   */
  function answerHealth(request: IncomingMessage, response: ServerResponse): boolean {
    if (request.url !== '/livez' && request.url !== '/readyz') return false;
    endedConnections.add(request.socket);
    response.setHeader('Connection', 'close');
    if (!allowsReading(request, response)) return true;
    const ok = request.url === '/livez' || options.ready().ready;
    sendText(request, response, ok ? 200 : 503, ok ? 'ok\n' : 'degraded\n');
    return true;
  }

  function fault(error: unknown, request: IncomingMessage, response: ServerResponse, context: RequestContext): void {
    options.onFault(error, context.correlationId);
    if (response.headersSent) {
      response.destroy();
      return;
    }
    const headers = { 'Retry-After': String(RETRY_AFTER_FAULT_SECONDS), Connection: 'close' };
    sendText(request, response, 503, `Something went wrong here. Reference: ${context.correlationId}\n`, headers);
  }
}

function refusalOf(reason: string): Refusal {
  const notSupported = reason === 'method_not_supported';
  return { reason, status: notSupported ? 405 : 400, text: notSupported ? 'Method not allowed\n' : 'Bad request\n' };
}

/** Protected resource metadata is public and may be read by any web page (RFC 9728 §3.1, no credentials). */
function sendMetadata(request: IncomingMessage, response: ServerResponse, json: string): void {
  if (answerOpenPreflight(request, response) || !allowsReading(request, response, OPEN_METHODS)) return;
  sendWhole(
    request,
    response,
    200,
    { 'Content-Type': 'application/json', 'Cache-Control': 'public, max-age=60' },
    json,
  );
}

/** Clients in a browser try several well-known addresses; a 404 that they cannot read would end the search. */
function sendNoDocument(request: IncomingMessage, response: ServerResponse): void {
  if (!answerOpenPreflight(request, response)) sendText(request, response, 404, 'Not found\n');
}

function sendAsset(request: IncomingMessage, response: ServerResponse, asset: Asset, etag: string): void {
  if (!allowsReading(request, response)) return;
  const caching = { 'Cache-Control': 'no-cache', ETag: etag };
  if (request.headers['if-none-match'] === etag) response.writeHead(304, caching).end();
  else sendWhole(request, response, 200, { ...caching, 'Content-Type': asset.contentType }, asset.body);
}

function entityTag(asset: Asset): string {
  return `"${createHash('sha256').update(asset.body).digest('base64url')}"`;
}
