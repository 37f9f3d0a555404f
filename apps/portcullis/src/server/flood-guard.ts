import type { AuditSink, Clock, RateLimitDecision, RateLimiter, RequestContext } from '@portcullis/ports';
import { createLimitTeller, TOLD_WINDOW_SECONDS } from './limit-teller.js';

/** What the guard works with. */
export interface FloodGuardOptions {
  /** Messages of one network in a minute. */
  readonly perMinute: number;
  readonly rateLimiter: Pick<RateLimiter, 'consume'>;
  readonly audit: AuditSink;
  readonly clock: Clock;
  /** Networks that are remembered as told of. @defaultValue 10000 */
  readonly maxNetworks?: number;
}

/** Counts what comes from each network, whole or broken, before anything else is asked of it (GW-17). */
export interface FloodGuard {
  /**
   * Takes one point of the network. When it has none left, that is recorded, once in a window.
   *
   * @param answeredStatus - what the message is answered when there is no point left
   */
  consume(context: RequestContext, answeredStatus: number | undefined): Promise<RateLimitDecision>;
}

const RULE_NAME = 'flood';

/**
 * Builds the guard. A network beyond its limit is recorded once in a window ({@link createLimitTeller}); what is not recorded
 * is refused like the rest.
 */
export function createFloodGuard(options: FloodGuardOptions): FloodGuard {
  const { rateLimiter } = options;
  const rule = { name: RULE_NAME, points: options.perMinute, windowSeconds: TOLD_WINDOW_SECONDS };
  const tell = createLimitTeller(RULE_NAME, options, options.maxNetworks);

  return {
    async consume({ network, correlationId }, answeredStatus) {
      const decision = await rateLimiter.consume(rule, network);
      if (!decision.allowed) tell({ network, correlationId, httpStatus: answeredStatus });
      return decision;
    },
  };
}
