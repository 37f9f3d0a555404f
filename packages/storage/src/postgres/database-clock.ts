import type { SharedClock } from '@portcullis/ports';

/** The clocks of this machine, in milliseconds. */
export interface HostClocks {
  /** Since the epoch. May be set, at any time and by any amount. */
  timeOfDay(): number;
  /** Since whenever. Never set; some machines let it stand while they sleep. */
  monotonic(): number;
}

/** The clock of the database, for as long as it is open. */
export interface DatabaseClock {
  readonly clock: SharedClock;
  /** Asks for the time at once: a connection was lost, and what answers next may be another host, with a clock of its own. */
  doubt(): void;
  /** Asks for no more time. */
  stop(): void;
}

/** The clocks that Node has. */
export const HOST_CLOCKS: HostClocks = { timeOfDay: () => Date.now(), monotonic: () => performance.now() };

/** How often the database is asked for the time, and how many times in a row. */
const MEASURE_MILLISECONDS = 60_000;
const SAMPLES = 3;

/** A clock of this machine that was set shows as its two clocks having gone apart by more than this. */
const JUMP_MILLISECONDS = 1000;
/** The two clocks show the same time to have passed during one question, to within the coarseness of each. */
const DISAGREE_MILLISECONDS = 100;
/** Where the time could not be asked for, it is again after this long. */
const RETRY_MILLISECONDS = 1000;

/** What one measure found, all in milliseconds. */
interface Measured {
  readonly monotonic: number;
  readonly timeOfDay: number;
  /** What was the time at the database at that moment. */
  readonly database: number;
}

/** Runs `work` on one connection, with a question to it: the milliseconds since the epoch there. */
export type AskTime = <Value>(work: (ask: () => Promise<number>) => Promise<Value>) => Promise<Value>;

/**
 * The time of the database, reckoned from the monotonic clock of this machine between two measures. The time of day can be set,
 * at a server often once after its start; all it does is to show, by going apart from the other, that the database is to be
 * asked again at once: it was set, or the machine slept. A measure that fails leaves the last one standing.
 *
 * @throws what `askTime` throws, when the very first measure fails, and where this machine's clock is set again and again
 */
export async function createDatabaseClock(askTime: AskTime, host: HostClocks = HOST_CLOCKS): Promise<DatabaseClock> {
  let last = await measure(askTime, host);
  let isMeasuring = false;
  /** Whether anything happened since the last measure began, or it failed, so that another is needed. */
  let isDoubtful = false;
  let failedAt = Number.NEGATIVE_INFINITY;

  function measureAgain(): void {
    if (isMeasuring || host.monotonic() - failedAt < RETRY_MILLISECONDS) return;
    isMeasuring = true;
    isDoubtful = false;
    measure(askTime, host)
      .then((measured) => {
        last = measured;
      })
      // What was measured last is still the best that is known. Whoever needs the store learns by himself how it is.
      .catch(() => {
        failedAt = host.monotonic();
        isDoubtful = true;
      })
      .finally(() => {
        isMeasuring = false;
      });
  }

  const timer = setInterval(measureAgain, MEASURE_MILLISECONDS).unref();
  return {
    clock: {
      nowEpochSeconds() {
        const now = host.monotonic();
        const passed = now - last.monotonic;
        const passedByDay = host.timeOfDay() - last.timeOfDay;
        if (isDoubtful || Math.abs(passedByDay - passed) > JUMP_MILLISECONDS) measureAgain();
        return Math.floor((last.database + passed) / 1000);
      },
      hostAheadSeconds: () => (last.timeOfDay - last.database) / 1000,
    },
    doubt() {
      isDoubtful = true;
      measureAgain();
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * What was answered the quickest is known best: to within half of the time that it took. Where that time is another one by
 * the other clock, the machine slept or was set meanwhile, and the answer is of no use, however quick it looks.
 *
 * @throws where no answer is of use
 */
function measure(askTime: AskTime, host: HostClocks): Promise<Measured> {
  return askTime(async (ask) => {
    let best: (Measured & { readonly took: number }) | undefined;
    for (let taken = 0; taken < SAMPLES; taken += 1) {
      const dayBefore = host.timeOfDay();
      const before = host.monotonic();
      const answered = await ask();
      const monotonic = host.monotonic();
      const timeOfDay = host.timeOfDay();
      const took = monotonic - before;
      if (Math.abs(timeOfDay - dayBefore - took) > DISAGREE_MILLISECONDS) continue;
      if (best === undefined || took < best.took) best = { monotonic, timeOfDay, database: answered + took / 2, took };
    }
    if (best !== undefined) return best;
    throw new Error('The clock of this machine was set each time that the database was asked what time it is');
  });
}
