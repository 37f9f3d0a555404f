import type { Clock } from '@portcullis/ports';

/** How {@link createCallLimit} limits. */
export interface CallLimitOptions {
  readonly clock: Clock;
  /** Calls under way at once. @defaultValue 64 */
  readonly maxCalls?: number;
  /** How long a call waits for one of those to be over. @defaultValue 1000 */
  readonly waitMilliseconds?: number;
  /** Failures in a row after which there is a pause. @defaultValue 3 */
  readonly failuresBeforePause?: number;
  /** @defaultValue 5 */
  readonly pauseSeconds?: number;
}

/** Spares an endpoint that is overloaded or down. */
export interface CallLimit {
  /**
   * Makes a call, after a short wait where there are many. Undefined: it was not made, since there were too many for too long,
   * or it is no time for one.
   */
  run<Answer>(call: () => Promise<Answer>, isFailure: (answer: Answer) => boolean): Promise<Answer | undefined>;
}

/** Calls that wait, at most: whoever comes then is not kept. */
const MAX_WAITING = 1000;

/**
 * Bounds the calls to one endpoint; those beyond the bound wait for their turn, first come, first served. After failures in a
 * row there is a pause without any; then one call at a time tries, until one of them is no failure. Whoever comes while one
 * tries waits for what comes of it: the one that tries may be a stranger's, and slow.
 */
export function createCallLimit(options: CallLimitOptions): CallLimit {
  const { clock, maxCalls = 64, waitMilliseconds = 1000, failuresBeforePause = 3, pauseSeconds = 5 } = options;
  /** Told whether it is their turn, in this order. */
  const waiting = new Set<(isTurn: boolean) => void>();
  let underWay = 0;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  const isDoubtful = (): boolean => failures >= failuresBeforePause;
  const isPause = (): boolean => isDoubtful() && Math.abs(clock.nowEpochSeconds() - failedAt) < pauseSeconds;
  const isFree = (): boolean => underWay < (isDoubtful() ? 1 : maxCalls);

  /** Takes a place among the calls under way. */
  async function enter(): Promise<boolean> {
    if (isPause()) return false;
    if (isFree()) {
      underWay += 1;
      return true;
    }
    if (waiting.size >= MAX_WAITING) return false;
    return new Promise((resolve) => {
      const timer = setTimeout(() => settle(false), waitMilliseconds);
      const settle = (isTurn: boolean): void => {
        clearTimeout(timer);
        waiting.delete(settle);
        if (isTurn) underWay += 1;
        resolve(isTurn);
      };
      waiting.add(settle);
    });
  }

  function leave(): void {
    underWay -= 1;
    for (const settle of waiting) {
      if (isPause()) settle(false);
      else if (isFree()) settle(true);
      else break;
    }
  }

  return {
    async run(call, isFailure) {
      if (!(await enter())) return undefined;
      try {
        const answer = await call();
        if (isFailure(answer)) {
          failures += 1;
          failedAt = clock.nowEpochSeconds();
        } else {
          failures = 0;
        }
        return answer;
      } finally {
        leave();
      }
    },
  };
}
