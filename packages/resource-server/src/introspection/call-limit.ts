import type { Clock } from '@portcullis/ports';

/** How {@link createCallLimit} limits. */
export interface CallLimitOptions {
  readonly clock: Clock;
  /** Calls under way at once. @defaultValue 64 */
  readonly maxCalls?: number;
  /** Failures in a row after which there is a pause. @defaultValue 3 */
  readonly failuresBeforePause?: number;
  /** @defaultValue 5 */
  readonly pauseSeconds?: number;
}

/** Spares an endpoint that is overloaded or down. */
export interface CallLimit {
  /** Makes a call unless there are too many, or it is no time for one. Undefined: it was not made. */
  run<Answer>(call: () => Promise<Answer>, isFailure: (answer: Answer) => boolean): Promise<Answer | undefined>;
}

/**
 * Bounds the calls to one endpoint. After failures in a row there is a pause without any; then one call at a time tries,
 * until one of them succeeds.
 */
export function createCallLimit(options: CallLimitOptions): CallLimit {
  const { clock, maxCalls = 64, failuresBeforePause = 3, pauseSeconds = 5 } = options;
  let underWay = 0;
  let failures = 0;
  let failedAt = Number.NEGATIVE_INFINITY;

  function isAllowed(): boolean {
    if (failures < failuresBeforePause) return underWay < maxCalls;
    return underWay === 0 && Math.abs(clock.nowEpochSeconds() - failedAt) >= pauseSeconds;
  }

  return {
    async run(call, isFailure) {
      if (!isAllowed()) return undefined;
      underWay += 1;
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
        underWay -= 1;
      }
    },
  };
}
