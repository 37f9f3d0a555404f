import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { generate } from 'selfsigned';

/** An https server on 127.0.0.1 with a certificate for `client.test`, the names below it and 127.0.0.1. */
export interface TlsHost {
  readonly port: number;
  /** The certificate, to be trusted. */
  readonly certificate: string;
  /** What was asked for, with the name the connection was made for. */
  readonly requests: { readonly request: IncomingMessage; readonly serverName: unknown }[];
  /** TCP connections accepted so far, the most that were open at once, and those still open. */
  readonly connections: { count: number; most: number; readonly open: Set<Socket> };
  close(): Promise<void>;
}

export async function startTlsHost(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<TlsHost> {
  const { private: key, cert } = await generate([{ name: 'commonName', value: 'client.test' }], {
    keyType: 'ec',
    extensions: [
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'client.test' },
          { type: 2, value: '*.client.test' },
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
  });
  const requests: TlsHost['requests'] = [];
  const open = new Set<Socket>();
  const connections = { count: 0, most: 0, open };
  const server: Server = createServer({ key, cert }, (request, response) => {
    requests.push({ request, serverName: (request.socket as Socket & { servername?: unknown }).servername });
    answer(request, response);
  });
  server.on('connection', (socket: Socket) => {
    open.add(socket);
    connections.count += 1;
    connections.most = Math.max(connections.most, open.size);
    socket.on('error', () => {});
    socket.on('close', () => open.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    certificate: cert,
    requests,
    connections,
    async close() {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
