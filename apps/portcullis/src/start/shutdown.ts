/** The part of `process` that signals come from. */
export interface SignalSource {
  on(signal: 'SIGTERM' | 'SIGINT', listener: () => void): unknown;
}

// A terminal sends Ctrl+C to every process of its group, and a wrapper such as npm passes it on: two signals, one wish.
const SAME_WISH_MILLISECONDS = 500;

/**
 * Resolves at the first SIGTERM or SIGINT; a later one calls `onImpatience`, which is to end the process at once.
 * What follows within half a second counts as the same signal.
 */
export function waitForShutdown(
  source: SignalSource,
  onImpatience: () => void,
  monotonicMilliseconds: () => number = () => performance.now(),
): Promise<void> {
  return new Promise((resolve) => {
    let askedAt: number | undefined;
    const listener = (): void => {
      const now = monotonicMilliseconds();
      if (askedAt !== undefined && now - askedAt > SAME_WISH_MILLISECONDS) onImpatience();
      askedAt ??= now;
      resolve();
    };
    source.on('SIGTERM', listener);
    source.on('SIGINT', listener);
  });
}
