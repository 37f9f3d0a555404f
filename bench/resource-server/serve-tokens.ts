import type { RequestListener } from 'node:http';
import type { TargetServer } from '../lib/target-module.js';
import { type BenchIssuer, startIssuer } from './issuer.js';

/** The benchmarks of this folder: which tokens they send, signed with what. */
export const OPERATIONS = {
  protected_route_warm: { tokens: 'repeated', algorithm: 'ES256' },
  protected_route_cold: { tokens: 'fresh', algorithm: 'ES256' },
  protected_route_cold_rs256: { tokens: 'fresh', algorithm: 'RS256' },
} as const;

/** The name of one of them. */
export type Operation = keyof typeof OPERATIONS;

/** A target of this folder: an issuer of its own, and behind its tokens whatever `serve` makes. */
export async function serveTokens(
  benchmark: string,
  serve: (issuer: BenchIssuer) => RequestListener | Promise<RequestListener>,
): Promise<TargetServer> {
  const { tokens, algorithm } = OPERATIONS[benchmark as Operation];
  const issuer = await startIssuer(algorithm);
  return {
    listener: await serve(issuer),
    prepare: (count) => issuer.requests(count, tokens),
    close: () => issuer.close(),
  };
}
