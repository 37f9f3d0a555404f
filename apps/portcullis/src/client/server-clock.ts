import type { FetchLike } from '@portcullis/client';
import { RequestFailure } from './mcp/request-failure.js';
import { formatSeconds } from './waiting.js';

/** Counts the time that a server takes, and not that of a sign-in in the middle of a request. */
export interface ServerClock {
  /** Aborted, with a {@link RequestFailure}, when the time is over. */
  readonly signal: AbortSignal;
  /** Allows so much time from now on, in place of what was left. Nothing is counted before the first call. */
  allow(seconds: number): void;
  /** A `fetch` that may sign in. Its time does not count, but for what it spends in a {@link counted} one. */
  uncounted(fetch: FetchLike): FetchLike;
  /** The `fetch` to the server that is within. */
  counted(fetch: FetchLike): FetchLike;
  /** Counts no more. */
  stop(): void;
}

/** A clock that stands still. */
export function createServerClock(): ServerClock {
  const controller = new AbortController();
  let allowedSeconds = 0;
  let leftMilliseconds: number | undefined;
  let startedAt = 0;
  let timer: NodeJS.Timeout | undefined;
  /** Fetches that are at work and wait for no server. */
  let holds = 0;

  function halt(): void {
    if (timer === undefined || leftMilliseconds === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    leftMilliseconds -= performance.now() - startedAt;
  }

  function run(): void {
    halt();
    if (holds > 0 || leftMilliseconds === undefined) return;
    startedAt = performance.now();
    timer = setTimeout(() => {
      const words = `The server did not answer within ${formatSeconds(allowedSeconds)}.`;
      controller.abort(new RequestFailure(words, undefined, 'timed_out'));
    }, leftMilliseconds);
  }

  function hold(change: 1 | -1): void {
    holds += change;
    run();
  }

  function around(fetch: FetchLike, before: 1 | -1, after: 1 | -1): FetchLike {
    return async (input, init) => {
      hold(before);
      try {
        return await fetch(input, init);
      } finally {
        hold(after);
      }
    };
  }

  return {
    signal: controller.signal,
    allow(seconds) {
      halt();
      allowedSeconds = seconds;
      leftMilliseconds = seconds * 1000;
      run();
    },
    uncounted: (fetch) => around(fetch, 1, -1),
    counted: (fetch) => around(fetch, -1, 1),
    stop() {
      halt();
      leftMilliseconds = undefined;
    },
  };
}
