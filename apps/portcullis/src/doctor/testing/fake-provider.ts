import { createServer, type RequestListener, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What stands at a path: a JSON value, or whatever a test answers. */
export type FakeAnswer = object | ((response: ServerResponse) => void);

/** A provider that is only what a test says it is. */
export interface FakeProvider {
  readonly origin: string;
  /** By path. Everything else is 404. */
  readonly at: Map<string, FakeAnswer>;
  /** Paths that were asked for, in order. */
  readonly asked: string[];
  close(): Promise<void>;
}

/** Starts one on a free port of this computer. */
export async function startFakeProvider(): Promise<FakeProvider> {
  const at = new Map<string, FakeAnswer>();
  const asked: string[] = [];
  const server = createServer(fakeListener(at, asked));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    at,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Answers from a table, over http or https. */
export function fakeListener(at: ReadonlyMap<string, FakeAnswer>, asked: string[] = []): RequestListener {
  return (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://fake');
    asked.push(pathname);
    const answer = at.get(pathname);
    if (answer === undefined) return void response.writeHead(404).end();
    if (typeof answer === 'function') return answer(response);
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  };
}
