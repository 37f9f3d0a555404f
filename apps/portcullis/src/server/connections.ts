import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** The open connections of a server. Node itself knows of those with TLS only once the handshake is complete. */
export interface Connections {
  /** Whether messages can be exchanged: from the start, or with TLS since the handshake. What is written before that
   * never leaves, and waiting for it to leave never ends. */
  isEstablished(socket: Duplex): boolean;
  /** Cuts those on which nothing came yet that could be, or become, a request. */
  cutSilent(hasAsked: (socket: Duplex) => boolean): void;
  /** Cuts all, whatever they are at. */
  cutAll(): void;
}

/** Follows the connections of a server from the moment they are accepted. Call it before the server listens. */
export function trackConnections(server: Server, isTls: boolean): Connections {
  const accepted = new Set<Socket>();
  const established: Set<Duplex> = isTls ? new Set() : accepted;
  // Beyond the closing: an error may be told after it.
  const handshaken = new WeakSet<Duplex>();
  server.on('connection', (socket: Socket) => follow(socket, accepted));
  if (isTls) {
    server.on('secureConnection', (socket: Duplex) => {
      handshaken.add(socket);
      follow(socket, established);
    });
  }

  return {
    isEstablished: (socket) => !isTls || handshaken.has(socket),
    cutSilent: (hasAsked) => {
      for (const socket of established) if (!hasAsked(socket)) socket.destroy();
      // A handshake that has begun may go on; it has a bound of its own.
      for (const socket of accepted) if (socket.bytesRead === 0) socket.destroy();
    },
    cutAll: () => {
      for (const socket of accepted) socket.destroy();
    },
  };
}

function follow<S extends Duplex>(socket: S, open: Set<S>): void {
  open.add(socket);
  socket.once('close', () => open.delete(socket));
}
