import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A client's loopback redirect, listening for real. */
export interface Callback {
  readonly redirectUri: string;
  /** The query of the next response to arrive. */
  next(): Promise<URLSearchParams>;
  close(): Promise<void>;
}

/** Listens on a loopback address and collects authorization responses. */
export async function listenForCallback(
  host: '127.0.0.1' | '::1' = '127.0.0.1',
  path = '/callback',
): Promise<Callback> {
  const waiting: ((query: URLSearchParams) => void)[] = [];
  const early: URLSearchParams[] = [];
  const server: Server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://callback');
    response.setHeader('content-type', 'text/html');
    if (url.pathname !== path) {
      response.writeHead(404).end();
      return;
    }
    response.end('<!doctype html><title>Connected</title><h1>Connected</h1>');
    const taker = waiting.shift();
    if (taker) taker(url.searchParams);
    else early.push(url.searchParams);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const { port } = server.address() as AddressInfo;
  return {
    redirectUri: `http://${host === '::1' ? '[::1]' : host}:${port}${path}`,
    next: () => {
      const query = early.shift();
      return query ? Promise.resolve(query) : new Promise((resolve) => waiting.push(resolve));
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
