import { type SharedClock, StorageUnavailableError } from '@portcullis/ports';

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
  /**
   * An act begins. What is answered takes what was the time at the database by the first answer of the act, and lets it go on
   * only by that time.
   *
   * @throws {StorageUnavailableError} from what is answered, where the clock was another one when the act was asked for. From
   *   then on it is the database's
   */
  beginAct(): (database: number) => void;
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

/**
 * By more than this the clock is wrong, and not only measured or reckoned coarsely: no act goes by it. An answer that took longer is
 * of no use to a measure.
 */
const APART_MILLISECONDS = 5000;
/** For this long after the clock was wrong there is no act: whoever asks for one may have asked what time it is before. */
const SETTLE_MILLISECONDS = 1000;

/** What both clocks of this machine showed. */
interface Moment {
  readonly monotonic: number;
  readonly timeOfDay: number;
}

/** What one answer says, all in milliseconds. */
interface Measured extends Moment {
  readonly took: number;
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
  let setAt = Number.NEGATIVE_INFINITY;

  const reckon = (monotonic: number): number => last.database + monotonic - last.monotonic;

  function take(measured: Measured): void {
    if (Math.abs(measured.database - reckon(measured.monotonic)) > APART_MILLISECONDS) setAt = measured.monotonic;
    last = measured;
  }

  function measureAgain(): void {
    if (isMeasuring || host.monotonic() - failedAt < RETRY_MILLISECONDS) return;
    isMeasuring = true;
    isDoubtful = false;
    measure(askTime, host)
      .then(take)
      // What was measured last is still the best that is known. Whoever needs the store learns by himself how it is.
      .catch(() => {
        failedAt = host.monotonic();
        isDoubtful = true;
      })
      .finally(() => {
        isMeasuring = false;
      });
  }

  function doubt(): void {
    isDoubtful = true;
    measureAgain();
  }

  const timer = setInterval(measureAgain, MEASURE_MILLISECONDS).unref();
  return {
    clock: {
      nowEpochSeconds() {
        const now = momentOf(host);
        if (isDoubtful || Math.abs(gap(last, now)) > JUMP_MILLISECONDS) measureAgain();
        return Math.floor(reckon(now.monotonic) / 1000);
      },
      hostAheadSeconds: () => (last.timeOfDay - last.database) / 1000,
    },
    doubt,
    beginAct() {
      const before = momentOf(host);
      return (database) => {
        const after = momentOf(host);
        const isBehind = database > reckon(after.monotonic) + APART_MILLISECONDS;
        const isAhead = database < reckon(before.monotonic) - APART_MILLISECONDS;
        if (isBehind || isAhead) {
          const measured = toMeasured(before, after, database);
          if (measured === undefined) doubt();
          else take(measured);
        } else if (after.monotonic - setAt >= SETTLE_MILLISECONDS) return;
        throw new StorageUnavailableError(
          'The database cannot answer: what time it is there was not known, and is found out',
        );
      };
    },
    stop: () => clearInterval(timer),
  };
}

function momentOf(host: HostClocks): Moment {
  return { monotonic: host.monotonic(), timeOfDay: host.timeOfDay() };
}

/** By how much more has passed from one moment to the other by the time of day than by the monotonic clock. */
function gap(from: Moment, to: Moment): number {
  return to.timeOfDay - from.timeOfDay - (to.monotonic - from.monotonic);
}

/**
 * What the answer to a question says. Where it took another time by the other clock, the machine slept or was set meanwhile, and
 * the answer is of no use, however quick it looks; nor is one that took too long.
 */
function toMeasured(before: Moment, after: Moment, answered: number): Measured | undefined {
  const took = after.monotonic - before.monotonic;
  if (Math.abs(gap(before, after)) > DISAGREE_MILLISECONDS || took > APART_MILLISECONDS) return undefined;
  return { ...after, database: answered + took / 2, took };
}

/**
 * What was answered the quickest is known best: to within half of the time that it took.
 *
 * @throws where no answer is of use
 */
function measure(askTime: AskTime, host: HostClocks): Promise<Measured> {
  return askTime(async (ask) => {
    let best: Measured | undefined;
    for (let taken = 0; taken < SAMPLES; taken += 1) {
      const before = momentOf(host);
      const answered = await ask();
      const measured = toMeasured(before, momentOf(host), answered);
      if (measured !== undefined && (best === undefined || measured.took < best.took)) best = measured;
    }
    if (best !== undefined) return best;
    throw new Error(
      'Each time that the database was asked what time it is, the clock of this machine was set, or five seconds passed',
    );
  });
}
