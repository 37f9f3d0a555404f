import type { AuditSink, Clock } from '@portcullis/ports';
import { DEFAULT_TENANT, type EpochSeconds } from '@portcullis/protocol';

/** That a network is over a limit was told. */
interface Told {
  readonly untilEpochSeconds: EpochSeconds;
  /** What came beyond the limit since then. */
  leftOut: number;
}

/** What is to be told of a network now. */
interface Telling {
  /** What was left out since the last telling of this network, in words; undefined where that is nothing. */
  readonly detail: string | undefined;
}

/** Tells of each network once in a window. */
interface ToldOnce {
  /** Takes note of one more beyond the limit; undefined where nothing is to be told of it. */
  note(network: string, now: EpochSeconds): Telling | undefined;
}

/** What was beyond a limit of its network. */
export interface BeyondLimit {
  readonly network: string;
  readonly correlationId: string;
  /** What it was answered. @defaultValue nothing */
  readonly httpStatus?: number | undefined;
}

const MAX_NETWORKS = 10_000;

/** In which a network beyond a limit is told of once. */
export const TOLD_WINDOW_SECONDS = 60;

/**
 * Keeps a flood from becoming a flood of log lines: a network beyond its limit is told of once in a window of a minute, and
 * the next telling says how many were left out. Where more networks are beyond their limit in one window than are
 * remembered, nothing is told of the others.
 *
 * @param maxNetworks - networks that are remembered as told of
 */
function createToldOnce(maxNetworks = MAX_NETWORKS): ToldOnce {
  // In the order of their ends, since all last equally long.
  const toldOf = new Map<string, Told>();

  return {
    note(network, now) {
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
      toldOf.set(network, { untilEpochSeconds: now + TOLD_WINDOW_SECONDS, leftOut: 0 });
      const leftOut = told?.leftOut ?? 0;
      return { detail: leftOut === 0 ? undefined : `${leftOut} more since the last event of this network` };
    },
  };
}

/**
 * Records `rate_limit.exceeded` of networks that are beyond the limit of a rule that comes before any tenant is known, as
 * often as {@link createToldOnce} tells of them.
 *
 * @param maxNetworks - networks that are remembered as told of
 */
export function createLimitTeller(
  rule: string,
  { audit, clock }: { readonly audit: AuditSink; readonly clock: Clock },
  maxNetworks?: number,
): (beyond: BeyondLimit) => void {
  const toldOnce = createToldOnce(maxNetworks);
  return ({ network, correlationId, httpStatus }) => {
    const now = clock.nowEpochSeconds();
    const telling = toldOnce.note(network, now);
    if (telling === undefined) return;
    audit.record({
      type: 'rate_limit.exceeded',
      outcome: 'refused',
      tenantId: DEFAULT_TENANT,
      occurredAtEpochSeconds: now,
      network,
      correlationId,
      rule,
      ...(httpStatus === undefined ? {} : { httpStatus }),
      ...(telling.detail === undefined ? {} : { detail: telling.detail }),
    });
  };
}
