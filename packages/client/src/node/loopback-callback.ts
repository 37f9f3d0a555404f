import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { OAuthClientError } from '../oauth-client-error.js';
import type { ReceivedResponse } from '../sign-in/sign-in.js';
import { CALLBACK_SCRIPT, type CallbackPage, callbackHeaders, callbackPage } from './callback-page.js';

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
const SCRIPT_HASH = createHash('sha256').update(CALLBACK_SCRIPT).digest('base64');

/**
 * Listens on the loopback interface alone. Takes GET at its own path under its own name; a page of another site that
 * points here by another name is refused, and whatever is not the response that is waited for changes nothing.
 *
 * @throws {OAuthClientError} `sign_in_required` where no port is free
 */
export async function openLoopbackCallback(options: LoopbackCallbackOptions): Promise<LoopbackCallback> {
  const { path, timeoutMilliseconds } = options;
  let receive: ((parameters: URLSearchParams) => Promise<ReceivedResponse>) | undefined;
  let settle: (() => void) | undefined;
  let timer: NodeJS.Timeout | undefined;
  const server = createServer({ maxHeaderSize: MAX_URL_LENGTH }, (request, response) => {
    void handle(request, response).catch(() => response.destroy());
  });
  server.headersTimeout = 10_000;
  server.requestTimeout = 10_000;
  const port = await listen(server, options.ports);
  // `localhost` may lead to ::1 first. Not having it is no failure: browsers go on to the other address.
  const second = options.host === 'localhost' ? await alsoOnIpv6(server, port) : undefined;
  const authority = `${options.host}:${port}`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.headers.host !== authority) return answer(response, 403, 'foreign');
    const url = new URL(request.url ?? '/', `http://${authority}`);
    if (url.pathname !== path) return answer(response, 404, 'foreign');
    if (request.method !== 'GET') {
      response.setHeader('Allow', 'GET');
      return answer(response, 405, 'foreign');
    }
    const received = receive === undefined ? 'ignored' : await receive(url.searchParams);
    if (received === 'ignored') return answer(response, 400, 'foreign');
    // The browser has the page before the program goes on, and perhaps ends.
    response.once('close', () => settle?.());
    answer(response, received === 'accepted' ? 200 : 400, received === 'accepted' ? 'signed_in' : 'refused');
  }

  return {
    redirectUri: `http://${authority}${path}`,
    wait: (receiver) =>
      new Promise<void>((resolve, reject) => {
        timer = setTimeout(() => reject(timedOut()), timeoutMilliseconds);
        receive = receiver;
        settle = () => {
          clearTimeout(timer);
          receive = undefined;
          resolve();
        };
      }),
    close: async () => {
      // Nobody is waited for any more; the program may end.
      clearTimeout(timer);
      for (const open of [server, second]) {
        open?.close();
        open?.closeAllConnections();
      }
    },
  };
}

function answer(response: ServerResponse, status: number, page: CallbackPage): void {
  response.writeHead(status, callbackHeaders(SCRIPT_HASH)).end(callbackPage(page));
}

async function listen(server: Server, ports: readonly number[]): Promise<number> {
  let last: unknown;
  for (const port of ports) {
    try {
      await listenOn(server, port, '127.0.0.1');
      return (server.address() as AddressInfo).port;
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

async function alsoOnIpv6(server: Server, port: number): Promise<Server | undefined> {
  const second = createServer((request, response) => void server.emit('request', request, response));
  try {
    await listenOn(second, port, '::1');
    return second;
  } catch {
    return undefined;
  }
}

function listenOn(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, exclusive: true }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function timedOut(): OAuthClientError {
  return new OAuthClientError('sign_in_timed_out', 'Nobody came back from the browser in time. Sign in again.');
}
