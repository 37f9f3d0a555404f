import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The public address of a gate, at which an answer can get lost. */
export interface KeepingProxy {
  readonly origin: string;
  /** What was posted to `path`, as forms, in its order. */
  posted(path: string): readonly URLSearchParams[];
  /** Keeps the whole answer to the next request to `path`, and tells when it is there. Whoever asked is never told. */
  keepNext(path: string): Promise<void>;
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback interface, in front of another port of it. */
export async function startKeepingProxy(serverPort: number): Promise<KeepingProxy> {
  const posts: { readonly path: string; readonly form: URLSearchParams }[] = [];
  let wanted: { readonly path: string; readonly isKept: () => void } | undefined;
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = '/', headers } = incoming;
    const path = new URL(url, 'http://proxy').pathname;
    const chunks: Buffer[] = [];
    const keeping = wanted?.path === path ? wanted : undefined;
    if (keeping !== undefined) wanted = undefined;
    const onward = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers }, (answer) => {
      if (keeping === undefined) {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
      } else answer.resume().on('end', keeping.isKept);
    });
    // Either end may be cut off: that is what this is for.
    onward.on('error', () => outgoing.destroy());
    incoming.on('data', (chunk: Buffer) => void chunks.push(chunk));
    incoming.on('end', () => {
      if (method === 'POST') posts.push({ path, form: new URLSearchParams(Buffer.concat(chunks).toString()) });
    });
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    posted: (path) => posts.filter((post) => post.path === path).map(({ form }) => form),
    keepNext: (path) =>
      new Promise((resolve) => {
        wanted = { path, isKept: resolve };
      }),
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}
