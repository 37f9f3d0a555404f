import { connect, createServer, type Socket } from 'node:net';

/** An address that leads to one server, and later to another: as a name does, or the proxy of a high-availability set. */
export interface Relay {
  /** A connection URL with the address of the relay in the place of its own. */
  through(url: string): string;
  /** Where new connections lead from now on. */
  leadTo(port: number): void;
  /** Lets nothing more through on the connections that there are, and does not say so. */
  freeze(): void;
  /** Ends every connection that there is. */
  cut(): void;
  close(): Promise<void>;
}

/** Relays to a port of the loopback interface. @param onConnection - called with each connection, before it leads anywhere */
export async function startRelay(firstPort: number, onConnection: () => void = () => undefined): Promise<Relay> {
  let target = firstPort;
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    onConnection();
    const upstream = connect(target, '127.0.0.1');
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(one);
      one.setNoDelay(true);
      one.on('error', () => one.destroy());
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    through: (url) => url.replace(/@127\.0\.0\.1:\d+/, `@127.0.0.1:${port}`),
    leadTo: (next) => {
      target = next;
    },
    freeze: () => {
      for (const socket of sockets) socket.unpipe().pause();
    },
    cut,
    close: async () => {
      cut();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
