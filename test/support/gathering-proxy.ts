import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The public address of a gate, at which requests wait for each other. */
export interface GatheringProxy {
  readonly origin: string;
  /** Holds the next `count` requests to `path` until all of them are there: none is sent with what another's answer brought. */
  gather(path: string, count: number): void;
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback interface, in front of another port of it. */
export async function startGatheringProxy(serverPort: number): Promise<GatheringProxy> {
  let wanted = { path: '', count: 0 };
  let held: (() => void)[] = [];
  const proxy = createServer((incoming, outgoing) => {
    const { method, url = '/', headers } = incoming;
    const pass = (): void => {
      const onward = request({ host: '127.0.0.1', port: serverPort, method, path: url, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.rawHeaders);
        answer.pipe(outgoing);
      });
      // Either end may be cut off when a test ends.
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    };
    if (held.length >= wanted.count || new URL(url, 'http://proxy').pathname !== wanted.path) return pass();
    held.push(pass);
    if (held.length < wanted.count) return;
    wanted = { path: '', count: 0 };
    for (const one of held.splice(0)) one();
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`,
    gather(path, count) {
      wanted = { path, count };
      held = [];
    },
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        proxy.closeAllConnections();
      }),
  };
}
