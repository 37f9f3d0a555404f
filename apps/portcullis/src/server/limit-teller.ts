import type { EpochSeconds } from '@portcullis/protocol';

/** That a network is over a limit was told. */
interface Told {
  readonly untilEpochSeconds: EpochSeconds;
  /** What came beyond the limit since then. */
  leftOut: number;
}

/** What is to be told of a network now. */
export interface Telling {
  /** What was left out since the last telling of this network, in words; undefined where that is nothing. */
  readonly detail: string | undefined;
}

/** Tells of each network once in a window. */
export interface ToldOnce {
  /** Takes note of one more beyond the limit; undefined where nothing is to be told of it. */
  note(network: string, now: EpochSeconds): Telling | undefined;
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
export function createToldOnce(maxNetworks = MAX_NETWORKS): ToldOnce {
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
