import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';

/** The one public address of several gates. */
export interface Balancer {
  readonly port: number;
  readonly origin: string;
  /** Leads the connections from now on to these ports, in turn; those that are open stay where they are. */
  lead(...ports: readonly number[]): void;
  close(): Promise<void>;
}

/** Starts one on a free port of the loopback interface. It passes bytes on and reads none of them. */
export async function startBalancer(): Promise<Balancer> {
  let targets: readonly number[] = [];
  let turn = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const port = targets[turn++ % targets.length];
    if (port === undefined) return void client.destroy();
    const gate = connect(port, '127.0.0.1');
    for (const socket of [client, gate]) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        client.destroy();
        gate.destroy();
      });
    }
    client.pipe(gate).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    origin: `http://127.0.0.1:${port}`,
    lead(...ports) {
      targets = ports;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}
