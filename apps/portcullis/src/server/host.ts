import { createServer, type RequestListener, type Server, type ServerOptions, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { AuditSink, Platform, RateLimiter } from '@portcullis/ports';
import { createClientNetworkReader, createCountedNetwork } from './client-address.js';
import { createClientErrorHandler } from './client-error.js';
import { createConnectHandler } from './connect-request.js';
import { shareConnections } from './connection-share.js';
import { trackConnections } from './connections.js';
import { createDispatcher } from './dispatch.js';
import { createFloodGuard } from './flood-guard.js';
import { tellFull } from './full-teller.js';
import { createHostCheck } from './host-check.js';
import { listenError } from './listen-error.js';
import type { Routes } from './routes.js';
import { strictTransportSecurity } from './strict-transport.js';
import type { TlsMaterial } from './tls-material.js';

/** What a host is made of. */
export interface HostOptions {
  /** Address to listen on. */
  readonly host: string;
  /** `0` lets the system choose. */
  readonly port: number;
  readonly tls: TlsMaterial | undefined;
  /** The configured origin; requests for any other host are refused. */
  readonly publicUrl: string;
  /** For how many seconds browsers are held to https, where the public URL allows it; false: nothing is said of it. */
  readonly strictTransportSecurity: number | false;
  /** Addresses or CIDR ranges whose `X-Forwarded-For` is believed. */
  readonly trustedProxies: readonly string[];
  /** Messages of one network per minute, whole or broken, before anything else is asked. */
  readonly floodPerMinute: number;
  /** Connections at one time; further ones are closed at once. */
  readonly maxConnections: number;
  /**
   * Of these, those of one network, an IPv4 address or an IPv6 /48; further ones are closed at once. Trusted proxies, loopback addresses and Unix sockets may
   * hold all. Undefined is half of them.
   */
  readonly maxConnectionsPerNetwork: number | undefined;
  /** A message must have all its headers by then. @defaultValue 9000 */
  readonly headersTimeoutMilliseconds?: number;
  readonly routes: Routes;
  /** Asked by `/readyz`. */
  ready(): { readonly ready: boolean };
  readonly platform: Pick<Platform, 'random' | 'clock'>;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
  readonly audit: AuditSink;
  /** Takes what a handler threw. */
  onFault(error: unknown, correlationId: string): void;
}

/** The HTTP server in front of all rooms. */
export interface Host {
  /** Resolves when connections are accepted. @throws {ProgramError} when the address cannot be had */
  listen(): Promise<{ readonly port: number }>;
  /** Accepts nothing new, lets answers finish for up to `graceMilliseconds`, then cuts what is left. */
  close(graceMilliseconds: number): Promise<void>;
}

const MAX_HEADER_BYTES = 16 * 1024;
// With the interval at which Node looks, an unfinished header block is gone within ten seconds (GW-20).
const HEADERS_TIMEOUT_MILLISECONDS = 9_000;
const TIMEOUT_CHECK_MILLISECONDS = 1_000;
// Bounds the arrival of a request, not the length of its answer: streams are not touched. Each reader of bodies has a
// tighter bound of its own; this one holds for bodies that nobody reads.
const REQUEST_TIMEOUT_MILLISECONDS = 60_000;
// Longer than the usual 60 s of load balancers, so that it is never the gate that closes a connection just being used.
const KEEP_ALIVE_MILLISECONDS = 75_000;
const IDLE_SWEEP_MILLISECONDS = 50;
// Browsers open connections that they may never use. Node takes one without a request for busy; a request that is on its
// way when closing begins has this long to arrive.
const SILENT_MILLISECONDS = 1_000;

/** Builds the server; nothing listens yet. */
export function createHost(options: HostOptions): Host {
  const headersTimeout = options.headersTimeoutMilliseconds ?? HEADERS_TIMEOUT_MILLISECONDS;
  const settings: ServerOptions = {
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout,
    requestTimeout: Math.max(REQUEST_TIMEOUT_MILLISECONDS, headersTimeout),
    connectionsCheckingInterval: Math.min(TIMEOUT_CHECK_MILLISECONDS, headersTimeout),
    keepAliveTimeout: KEEP_ALIVE_MILLISECONDS,
    insecureHTTPParser: false,
    // Node's own answer to a missing Host goes on to the next message of the connection; the framing check does not.
    requireHostHeader: false,
    noDelay: true,
  };
  const clientNetwork = createClientNetworkReader(options.trustedProxies);
  const { rateLimiter, audit, platform } = options;
  const floodGuard = createFloodGuard({ perMinute: options.floodPerMinute, rateLimiter, audit, clock: platform.clock });
  const strictTransport = strictTransportSecurity(options.publicUrl, options.strictTransportSecurity);
  const dispatch = createDispatcher({
    ...options,
    strictTransport,
    clientNetwork,
    hostCheck: createHostCheck(options.publicUrl, options.host),
    floodGuard,
    ready: () => (draining ? { ready: false } : options.ready()),
  });
  // Several where a client pipelines: Node hands each message over at once and sends the answers in turn.
  const openAnswers = new WeakMap<Duplex, readonly ServerResponse[]>();
  const refused = new WeakSet<ServerResponse>();
  let draining = false;

  const listener: RequestListener = (request, response) => {
    const open = openAnswers.get(request.socket)?.filter(({ writableFinished }) => !writableFinished);
    openAnswers.set(request.socket, open === undefined ? [response] : [...open, response]);
    if (draining) response.setHeader('Connection', 'close');
    if (!dispatch(request, response)) refused.add(response);
  };
  const server: Server =
    options.tls === undefined
      ? createServer(settings, listener)
      : createTlsServer(
          { ...settings, ...options.tls, minVersion: 'TLSv1.2', handshakeTimeout: headersTimeout },
          listener,
        );
  // Node would answer these itself, past every check.
  server.on('checkExpectation', listener);
  // Node drops headers beyond this count in silence, a second Authorization among them; the size bound is enough.
  server.maxHeadersCount = 0;
  const { maxConnections } = options;
  server.maxConnections = maxConnections;
  tellFull(server, { platform, audit });
  shareConnections(server, {
    perNetwork: options.maxConnectionsPerNetwork ?? Math.ceil(maxConnections / 2),
    countedNetwork: createCountedNetwork(options.trustedProxies),
    platform,
    audit,
  });
  const connections = trackConnections(server, options.tls !== undefined);
  const ofConnections = {
    ...options,
    strictTransport,
    floodGuard,
    openAnswers: (socket: Duplex): readonly ServerResponse[] => openAnswers.get(socket) ?? [],
  };
  const onClientError = createClientErrorHandler({
    ...ofConnections,
    isEstablished: (socket) => connections.isEstablished(socket),
    isRefused: (response) => refused.has(response),
  });
  // With TLS, a handshake that failed or took too long comes here too.
  server.on('clientError', onClientError);
  // Without a listener Node cuts the connection and nobody hears of it. What asks for an upgrade comes as any other request.
  server.on('connect', createConnectHandler({ ...ofConnections, clientNetwork }));

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        const onError = (error: unknown): void => reject(listenError(error, options.host, options.port));
        server.once('error', onError);
        server.listen(options.port, options.host, () => {
          server.off('error', onError);
          resolve({ port: (server.address() as AddressInfo).port });
        });
      }),
    close: (graceMilliseconds) =>
      new Promise((resolve) => {
        draining = true;
        // A connection in use now becomes an idle one later; Node closes only those idle at the time of the call.
        const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MILLISECONDS);
        const cutSilent = () => connections.cutSilent((socket) => openAnswers.has(socket));
        const silent = setTimeout(cutSilent, SILENT_MILLISECONDS);
        const deadline = setTimeout(() => connections.cutAll(), graceMilliseconds);
        server.close(() => {
          clearInterval(sweep);
          clearTimeout(silent);
          clearTimeout(deadline);
          resolve();
        });
      }),
  };
}
