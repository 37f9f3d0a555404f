import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { parseUrl } from '@portcullis/protocol';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ReceivedResponse } from '../sign-in/sign-in.js';
import { CALLBACK_HEADERS, type CallbackPage, callbackPage } from './callback-page.js';
import { systemCode } from './store-failure.js';

/** A place on this computer where a browser comes back to (RFC 8252 §7.3). */
export interface LoopbackCallback {
  /** `http://127.0.0.1:PORT/callback` */
  readonly redirectUri: string;
  /** Hands responses to `receive` until one is not ignored. @throws {OAuthClientError} `sign_in_timed_out` */
  wait(receive: (parameters: URLSearchParams) => Promise<ReceivedResponse>): Promise<void>;
  close(): Promise<void>;
}

/** Where it listens. */
export interface LoopbackCallbackOptions {
  /** Tried in this order; 0 is any free one. The last failure is told. */
  readonly ports: readonly number[];
  readonly host: '127.0.0.1' | 'localhost';
  readonly path: string;
  readonly timeoutMilliseconds: number;
}

/** A callback of any length would be a line in a log of any length. */
const MAX_URL_LENGTH = 16 * 1024;
const REQUEST_MILLISECONDS = 10_000;
/** What listening at `::1` fails with on a computer without IPv6. */
const NO_IPV6: readonly (string | undefined)[] = ['EADDRNOTAVAIL', 'EAFNOSUPPORT'];

/**
 * Listens on the loopback interface alone. Takes GET at its own path under its own name; a page of another site that
 * points here by another name is refused, and whatever is not the response that is waited for changes nothing. One
 * response ends the wait; a second one is refused.
 *
 * @throws {OAuthClientError} `sign_in_required` where no port is free
 */
export async function openLoopbackCallback(options: LoopbackCallbackOptions): Promise<LoopbackCallback> {
  const { path, timeoutMilliseconds } = options;
  let receive: ((parameters: URLSearchParams) => Promise<ReceivedResponse>) | undefined;
  let settle: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const servers = await listen(options, (request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  const redirectUri = `http://${options.host}:${portOf(servers[0])}${path}`;
  const { origin, host } = new URL(redirectUri);

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const named = request.headersDistinct['host'] ?? [];
    if (named.length !== 1 || named[0] !== host) return answer(response, 403, 'foreign');
    // A target may be the whole address of another site (RFC 9112 §3.2.2), or begin with `//`, which is one too.
    const target = request.url ?? '';
    const url = parseUrl(target, origin);
    if (url?.origin !== origin || url.pathname !== path) return answer(response, 404, 'foreign');
    if (request.method !== 'GET') {
      response.setHeader('Allow', 'GET');
      return answer(response, 405, 'foreign');
    }
    const receiver = receive;
    const received = receiver === undefined ? 'ignored' : await receiver(url.searchParams);
    if (received === 'ignored' || receive !== receiver) return answer(response, 400, 'foreign');
    receive = undefined;
    clearTimeout(timer);
    // The browser has the page before the program goes on, and perhaps ends.
    response.once('close', () => settle?.());
    answer(response, received === 'accepted' ? 200 : 400, received === 'accepted' ? 'signed_in' : 'refused');
  }

  return {
    redirectUri,
    wait: (receiver) =>
      new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => {
          receive = undefined;
          reject(timedOut());
        }, timeoutMilliseconds);
        receive = receiver;
        settle = resolve;
      }),
    close: async () => {
      // Nobody is waited for any more; the program may end.
      clearTimeout(timer);
      receive = undefined;
      await Promise.all(servers.map(close));
    },
  };
}

function answer(response: ServerResponse, status: number, page: CallbackPage): void {
  response.writeHead(status, CALLBACK_HEADERS).end(callbackPage(page));
}

async function listen(
  { ports, host }: LoopbackCallbackOptions,
  listener: RequestListener,
): Promise<readonly [Server, ...Server[]]> {
  let last: unknown;
  // A free one may be free at one of two addresses only.
  for (const port of ports.flatMap((one) => (one === 0 ? [0, 0, 0] : [one]))) {
    try {
      const server = await listenOn('127.0.0.1', port, listener);
      return host === 'localhost' ? await alsoOnIpv6(server, listener) : [server];
    } catch (error) {
      last = error;
    }
  }
  throw new OAuthClientError(
    'sign_in_required',
    `No port is free for the browser to come back to (tried ${ports.join(', ')}). Name another one.`,
    { cause: last },
  );
}

/**
 * `localhost` may lead to `::1` first. Not having it is no failure: browsers go on to the other address. Where somebody
 * else listens there, the response would be theirs, so that port is as good as taken.
 */
async function alsoOnIpv6(server: Server, listener: RequestListener): Promise<readonly [Server, ...Server[]]> {
  try {
    return [server, await listenOn('::1', portOf(server), listener)];
  } catch (error) {
    if (NO_IPV6.includes(systemCode(error))) return [server];
    await close(server);
    throw error;
  }
}

function listenOn(host: string, port: number, listener: RequestListener): Promise<Server> {
  const limits = {
    maxHeaderSize: MAX_URL_LENGTH,
    headersTimeout: REQUEST_MILLISECONDS,
    requestTimeout: REQUEST_MILLISECONDS,
  };
  const server = createServer(limits, listener);
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve(server);
    });
  });
}

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function timedOut(): OAuthClientError {
  return new OAuthClientError('sign_in_timed_out', 'Nobody came back from the browser in time. Sign in again.');
}
