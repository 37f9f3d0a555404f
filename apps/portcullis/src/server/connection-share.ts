import type { Server, Socket } from 'node:net';
import type { AuditSink, Platform } from '@portcullis/ports';
import { newCorrelationId } from './correlation-id.js';
import { createLimitTeller } from './limit-teller.js';

/** What the share of a network is made of. */
export interface ConnectionShareOptions {
  /** Connections of one network at one time; further ones are closed at once. */
  readonly perNetwork: number;
  /** The network that a connection is counted for, of IPv6 a /48; undefined for one that is not counted. */
  countedNetwork(socket: Socket): string | undefined;
  readonly platform: Pick<Platform, 'random' | 'clock'>;
  readonly audit: AuditSink;
}

const RULE_NAME = 'connections';

/**
 * Bounds the connections that one network holds at one time, from the moment they are accepted, so that no single client can
 * take the places of all others. Nothing is answered: it could only be said after a handshake. A network beyond its share
 * is recorded once in a window, as by the flood guard. Call it before the server listens.
 */
export function shareConnections(server: Server, options: ConnectionShareOptions): void {
  const { perNetwork, platform } = options;
  const openOf = new Map<string, number>();
  const tell = createLimitTeller(RULE_NAME, { audit: options.audit, clock: platform.clock });

  server.on('connection', (socket: Socket) => {
    const network = options.countedNetwork(socket);
    if (network === undefined) return;
    const open = openOf.get(network) ?? 0;
    if (open >= perNetwork) {
      socket.destroy();
      tell({ network, correlationId: newCorrelationId(platform.random) });
      return;
    }
    openOf.set(network, open + 1);
    socket.once('close', () => leave(network));
  });

  function leave(network: string): void {
    const left = (openOf.get(network) ?? 1) - 1;
    if (left === 0) openOf.delete(network);
    else openOf.set(network, left);
  }
}
