import type { Clock } from '@portcullis/ports';
import type { EpochSeconds } from '@portcullis/protocol';

/** How {@link createStormWatch} counts. */
export interface StormWatchOptions {
  readonly clock: Clock;
  readonly windowSeconds: number;
  /** How many there may be within a window. */
  readonly bound: number;
  /** Called once when a storm begins, however long it lasts. */
  readonly onStorm: () => void;
}

/** Counts what should be rare. */
export interface StormWatch {
  note(): void;
}

/** Tells when something comes more often than it may. A storm is over when a whole window stayed within the bound. */
export function createStormWatch({ clock, windowSeconds, bound, onStorm }: StormWatchOptions): StormWatch {
  let windowStart: EpochSeconds = Number.NEGATIVE_INFINITY;
  let count = 0;
  let isStorm = false;

  function openWindow(now: EpochSeconds): void {
    const sinceStart = Math.abs(now - windowStart);
    if (sinceStart < windowSeconds) return;
    if (count <= bound || sinceStart >= 2 * windowSeconds) isStorm = false;
    windowStart = now;
    count = 0;
  }

  return {
    note() {
      openWindow(clock.nowEpochSeconds());
      count += 1;
      if (count <= bound || isStorm) return;
      isStorm = true;
      onStorm();
    },
  };
}
