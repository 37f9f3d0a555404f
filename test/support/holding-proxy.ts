import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** A way to a server on which requests arrive and answers do not. */
export interface HoldingProxy {
  readonly port: number;
  /** What the server has answered so far. Nobody was told. */
  held(): string;
  close(): Promise<void>;
}

/**
 * Stands between a client and a loopback port: passes on what the client sends, and keeps what comes back. So a client
 * loses the answer to a request that was carried out, at no matter which moment its server dies afterwards.
 */
export async function startHoldingProxy(serverPort: number): Promise<HoldingProxy> {
  const sockets = new Set<Socket>();
  let held = '';
  const proxy = createServer((client) => {
    const server = connect(serverPort, '127.0.0.1');
    for (const socket of [client, server]) {
      sockets.add(socket);
      // Either end may be cut off: that is what this is for.
      socket.on('error', () => {});
    }
    client.pipe(server);
    server.setEncoding('latin1').on('data', (chunk: string) => {
      held += chunk;
    });
    server.on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  return {
    port: (proxy.address() as AddressInfo).port,
    held: () => held,
    close: () =>
      new Promise((resolve) => {
        proxy.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}
