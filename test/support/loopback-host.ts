import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { FetchHandler } from '@portcullis/ports';

/** An HTTP server on a loopback port, listening before anybody knows what it will serve: an issuer has to be known
 * before its server can be made. */
export interface LoopbackHost {
  readonly origin: string;
  /** Answers every request from now on. */
  serve(listener: RequestListener): void;
  close(): Promise<void>;
}

/** Listens on a port that the system chooses. Until {@link LoopbackHost.serve} is called, every answer is 503. */
export async function listenOnLoopback(): Promise<LoopbackHost> {
  let listener: RequestListener = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => listener(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (next) => {
      listener = next;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * Serves a web-standard handler: bodies whole, as the program's host does it, without that host's own limits. A handler
 * that throws, which ours never may, answers 500 with a text that no handler sends.
 */
export function toRequestListener(handler: FetchHandler, origin: string): RequestListener {
  return async (request, response) => {
    try {
      const chunks: Uint8Array[] = [];
      for await (const chunk of request) chunks.push(chunk as Uint8Array);
      const headers = new Headers();
      for (let index = 0; index + 1 < request.rawHeaders.length; index += 2) {
        headers.append(request.rawHeaders[index] ?? '', request.rawHeaders[index + 1] ?? '');
      }
      const { method = 'GET' } = request;
      const answer = await handler(
        new Request(origin + request.url, {
          method,
          headers,
          ...(method === 'GET' || method === 'HEAD' || chunks.length === 0 ? {} : { body: Buffer.concat(chunks) }),
        }),
        { network: '127.0.0.1', correlationId: crypto.randomUUID() },
      );
      for (const [name, value] of answer.headers) if (name !== 'set-cookie') response.setHeader(name, value);
      const cookies = answer.headers.getSetCookie();
      if (cookies.length > 0) response.setHeader('set-cookie', cookies);
      response.writeHead(answer.status).end(new Uint8Array(await answer.arrayBuffer()));
    } catch (error) {
      response.writeHead(500).end(`The handler threw: ${String(error)}`);
    }
  };
}
