import { isIP, type Socket, connect as tcpConnect } from 'node:net';
import { fail, isLoopbackHost, parseUrl, succeed } from '@portcullis/protocol';
import type { UntrustedFetch, UntrustedFetchResult, UntrustedRequest } from '../untrusted-fetch.js';
import { type ConnectionGuard, type ConnectionTarget, openGuardedConnection } from './guarded-connection.js';
import { createNameResolver } from './name-resolver.js';
import { Places } from './places.js';

/** How the way out to untrusted addresses is set up. Everything has a default that is right in production. */
export interface UntrustedFetchOptions {
  /** Lets addresses of this computer pass, and nothing else that is not public. For development and tests: whoever can
   * name an address reaches every server on this computer that speaks TLS. @defaultValue false */
  readonly allowLoopback?: boolean;
  /** Where loopback is allowed, `http` at `localhost`, `127.0.0.1` and `[::1]` too; nowhere else. @defaultValue false */
  readonly allowPlainLoopback?: boolean;
  /** Lets addresses of private networks pass, over https: whoever can name an address reaches every server there that
   * speaks TLS. Never link-local ones, nor where a cloud keeps credentials. @defaultValue false */
  readonly allowPrivate?: boolean;
  /** Calls under way at once; others wait within their time. @defaultValue 128 */
  readonly maxConcurrent?: number;
  /** Of them, to one host, whatever the port: a slow one holds up itself alone. @defaultValue 4 */
  readonly maxConcurrentPerHost?: number;
  /** Certificates to trust in place of the platform's, in PEM. @defaultValue the platform's */
  readonly trustedCertificates?: string;
  /** @defaultValue the name servers of the system */
  readonly resolve?: ConnectionGuard['resolve'];
  /** @defaultValue TCP */
  readonly connect?: ConnectionGuard['connect'];
}

const DEFAULT_MAX_CONCURRENT = 128;
const DEFAULT_MAX_CONCURRENT_PER_HOST = 4;
const MAX_HEADER_BYTES = 16 * 1024;
const HTTP_PORT = 80;
const HTTPS_PORT = 443;

/**
 * The way out to addresses that strangers name, on Node: see the port `UntrustedFetch` for what it promises. Each call
 * has a connection of its own, made by {@link openGuardedConnection}, that ends with it.
 *
 * Does not go through a proxy, and does not read the hosts file.
 *
 * @throws {RangeError} when a number of calls at once is no whole number above 0
 */
export function createUntrustedFetch(options: UntrustedFetchOptions = {}): UntrustedFetch {
  const { maxConcurrent = DEFAULT_MAX_CONCURRENT, maxConcurrentPerHost = DEFAULT_MAX_CONCURRENT_PER_HOST } = options;
  for (const [name, limit] of Object.entries({ maxConcurrent, maxConcurrentPerHost })) {
    if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`${name} must be a whole number above 0`);
  }
  const places = new Places({ total: maxConcurrent, perHost: maxConcurrentPerHost });
  const guard: ConnectionGuard = {
    resolve: options.resolve ?? createNameResolver(),
    connect: options.connect ?? ((host, port) => tcpConnect({ host, port })),
    allowLoopback: options.allowLoopback ?? false,
    allowPrivate: options.allowPrivate ?? false,
    trustedCertificates: options.trustedCertificates,
  };
  const allowPlain = guard.allowLoopback && options.allowPlainLoopback === true;
  return async (request) => {
    const url = checkedUrl(request.url, allowPlain);
    if (url === undefined) return fail('url_refused');
    // By the first call, before its time runs and there is a connection to watch: whoever asks nobody does without it.
    const undici = await import('undici');
    const signal = AbortSignal.timeout(request.timeoutMilliseconds);
    if (!(await places.take(url.hostname, signal))) return fail('busy');
    try {
      const attemptMilliseconds = Math.ceil(request.timeoutMilliseconds / 3);
      const connection = await openGuardedConnection(targetOf(url), guard, attemptMilliseconds, signal);
      return connection.ok ? await exchange(undici, connection.value, url, request, signal) : connection;
    } finally {
      places.leave(url.hostname);
    }
  };
}

function checkedUrl(text: string, allowPlain: boolean): URL | undefined {
  const url = parseUrl(text);
  if (url === undefined) return undefined;
  const isBare = url.username === '' && url.password === '' && !url.hostname.endsWith('.');
  const isSchemeAllowed =
    url.protocol === 'https:' || (allowPlain && url.protocol === 'http:' && isLoopbackHost(url.hostname));
  return isSchemeAllowed && isBare ? url : undefined;
}

function targetOf({ hostname, port, protocol }: URL): ConnectionTarget {
  const bare = hostname.replace(/^\[|\]$/g, '');
  const isPlain = protocol === 'http:';
  const defaultPort = isPlain ? HTTP_PORT : HTTPS_PORT;
  return { host: isIP(bare) === 6 ? bare : hostname, port: port === '' ? defaultPort : Number(port), isPlain };
}

/** One request over a connection that nothing else uses. */
async function exchange(
  { Client, errors }: typeof import('undici'),
  socket: Socket,
  url: URL,
  request: UntrustedRequest,
  signal: AbortSignal,
): Promise<UntrustedFetchResult> {
  let isTaken = false;
  const client = new Client(url.origin, {
    connect: (_options, callback) => {
      const isFirst = !isTaken;
      isTaken = true;
      // Not at once: undici forgets a request whose connection is there before it has finished asking for one.
      queueMicrotask(() =>
        isFirst ? callback(null, socket) : callback(new Error('One connection, one request'), null),
      );
    },
    maxHeaderSize: MAX_HEADER_BYTES,
  });
  // `signal` alone would not end a request that undici has not begun to write.
  const giveUp = (): void => void client.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  try {
    if (signal.aborted) return fail('timed_out');
    const response = await client.request({
      method: request.method ?? 'GET',
      path: url.pathname + url.search,
      ...(request.body === undefined ? {} : { body: request.body }),
      headers: { 'user-agent': 'Portcullis', ...request.headers, 'accept-encoding': 'identity' },
      signal,
    });
    // A body that is not read to its end breaks off when the connection goes; nobody is to hear of it.
    response.body.on('error', () => {});
    const headers = new Headers();
    for (const [name, value] of Object.entries(response.headers)) {
      for (const one of value === undefined ? [] : [value].flat()) headers.append(name, one);
    }
    if (headers.has('content-encoding')) return fail('encoding_refused');
    const status = response.statusCode;
    // Its length, where it says one, is that of what is not sent (RFC 9110 §8.6); undici would wait for so much.
    if (status === 304) return succeed({ status, headers, body: new Uint8Array() });
    if (Number(headers.get('content-length') ?? 0) > request.maxBytes) return fail('too_large');
    const body = await readBody(response.body, request.maxBytes);
    return body === undefined ? fail('too_large') : succeed({ status, headers, body });
  } catch (error) {
    if (signal.aborted) return fail('timed_out');
    return fail(error instanceof errors.HeadersOverflowError ? 'too_large' : 'interrupted');
  } finally {
    signal.removeEventListener('abort', giveUp);
    socket.destroy();
    await client.destroy();
  }
}

/** Undefined when there is more than `maxBytes`; reading has stopped then. */
async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const body = new Uint8Array(maxBytes);
  let length = 0;
  for await (const chunk of chunks) {
    if (length + chunk.length > maxBytes) return undefined;
    body.set(chunk, length);
    length += chunk.length;
  }
  return body.slice(0, length);
}
