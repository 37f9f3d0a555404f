import type { DropArgument, Server } from 'node:net';
import type { AuditSink, Platform } from '@portcullis/ports';
import { networkOfAddress } from './client-address.js';
import { newCorrelationId } from './correlation-id.js';
import { createLimitTeller } from './limit-teller.js';

const RULE_NAME = 'all_connections';

/** Every network is turned away alike: one of them stands for all, and a flood of many becomes no flood of events. */
const TOLD_NETWORKS = 1;

/**
 * Records that a server closed connections at once because it holds as many as it may: at most once in a window, with the
 * network of the first. It bounds nothing itself. Call it before the server listens.
 */
export function tellFull(
  server: Server,
  { platform, audit }: { readonly platform: Pick<Platform, 'random' | 'clock'>; readonly audit: AuditSink },
): void {
  const tell = createLimitTeller(RULE_NAME, { audit, clock: platform.clock }, TOLD_NETWORKS);
  server.on('drop', (dropped?: DropArgument) => {
    tell({
      network: networkOfAddress(dropped?.remoteAddress),
      correlationId: newCorrelationId(platform.random),
    });
  });
}
