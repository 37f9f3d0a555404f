import { createServer, type IncomingHttpHeaders, type RequestListener, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A server of Node's on loopback, with what a client can send that `fetch` would not. */
export interface NodeHost {
  /** On loopback. */
  readonly port: number;
  send(path: string, sent?: Sent): Promise<Received>;
  close(): Promise<void>;
}

/** A request. Headers are a flat list, so that one may come twice. */
export interface Sent {
  readonly method?: string;
  readonly headers?: readonly string[];
  /** Chunked, each chunk by itself. */
  readonly chunks?: readonly (string | Uint8Array)[];
}

/** An answer. */
export interface Received {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

/** Starts it on a free port. */
export async function startNodeHost(listener: RequestListener): Promise<NodeHost> {
  const server: Server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    send: (path, { method = 'GET', headers = [], chunks = [] } = {}) =>
      new Promise((resolve, reject) => {
        const hasBody = chunks.length > 0;
        const all = ['host', `127.0.0.1:${port}`, ...(hasBody ? ['transfer-encoding', 'chunked'] : []), ...headers];
        const outgoing = request({ port, host: '127.0.0.1', path, method, headers: all, agent: false }, (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (part: string) => {
            text += part;
          });
          response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
        });
        // A server that has answered reads no more of a body that is too large.
        outgoing.on('error', reject);
        for (const chunk of chunks) outgoing.write(chunk);
        outgoing.end();
      }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
