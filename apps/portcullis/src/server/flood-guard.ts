import type { AuditSink, Clock, RateLimitDecision, RateLimiter, RequestContext } from '@portcullis/ports';
import { DEFAULT_TENANT, type EpochSeconds } from '@portcullis/protocol';

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
const WINDOW_SECONDS = 60;
const MAX_NETWORKS = 10_000;

/** That a network is over its limit was recorded. */
interface Told {
  readonly untilEpochSeconds: EpochSeconds;
  /** Messages beyond the limit since then. */
  leftOut: number;
}

/**
 * Builds the guard. A flood must not become a flood of log lines: a network beyond its limit is recorded once in a window,
 * and the next such event says how many messages went without one. Where more networks are beyond their limit in one
 * window than are remembered, the others are refused like these, and nothing is recorded of them.
 */
export function createFloodGuard(options: FloodGuardOptions): FloodGuard {
  const { audit, clock, rateLimiter } = options;
  const rule = { name: RULE_NAME, points: options.perMinute, windowSeconds: WINDOW_SECONDS };
  const maxNetworks = options.maxNetworks ?? MAX_NETWORKS;
  // In the order of their ends, since all last equally long.
  const toldOf = new Map<string, Told>();

  function isToBeTold(network: string, now: EpochSeconds): { readonly leftOut: number } | undefined {
    const told = toldOf.get(network);
    if (told !== undefined && now < told.untilEpochSeconds) {
      told.leftOut += 1;
      return undefined;
    }
    toldOf.delete(network);
    if (toldOf.size >= maxNetworks) {
      const [oldest] = toldOf;
      if (oldest === undefined || now < oldest[1].untilEpochSeconds) return undefined;
      toldOf.delete(oldest[0]);
    }
    toldOf.set(network, { untilEpochSeconds: now + WINDOW_SECONDS, leftOut: 0 });
    return { leftOut: told?.leftOut ?? 0 };
  }

  return {
    async consume({ network, correlationId }, answeredStatus) {
      const decision = await rateLimiter.consume(rule, network);
      if (decision.allowed) return decision;
      const now = clock.nowEpochSeconds();
      const event = isToBeTold(network, now);
      if (event === undefined) return decision;
      audit.record({
        type: 'rate_limit.exceeded',
        outcome: 'refused',
        tenantId: DEFAULT_TENANT,
        occurredAtEpochSeconds: now,
        network,
        correlationId,
        rule: RULE_NAME,
        ...(answeredStatus === undefined ? {} : { httpStatus: answeredStatus }),
        ...(event.leftOut === 0 ? {} : { detail: `${event.leftOut} more since the last event of this network` }),
      });
      return decision;
    },
  };
}
