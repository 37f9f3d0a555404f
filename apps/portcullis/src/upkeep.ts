import { type Platform, type Storage, StorageUnavailableError } from '@portcullis/ports';
import { DEFAULT_TENANT, type EpochSeconds } from '@portcullis/protocol';

/** What the program does by itself while it runs. */
export interface Upkeep {
  /** Whether the store answered when it was last asked. */
  storageAnswers(): boolean;
  stop(): void;
}

/** What the upkeep calls. */
export interface UpkeepWork {
  readonly storage: Pick<Storage, 'sweep' | 'ping'>;
  readonly platform: Platform;
  /** Records by itself what it does and what fails. */
  rotateKeysIfDue(): Promise<unknown>;
  /** Takes why expired rows were not swept: once for each cause, until a sweep works again. What it throws is lost. */
  onSweepFault(error: unknown): void;
  /** Takes why the store does not answer: once for each cause, until it answers again. What it throws is lost. */
  onStorageFault(error: unknown): void;
}

/** A used proof of a key may be forgotten after three minutes, and a busy client leaves one with each request. */
const SWEEP_MILLISECONDS = 5 * 60 * 1000;
const HOUR_MILLISECONDS = 60 * 60 * 1000;

/** By how many seconds the time may have gone on more than the turns are apart, before it counts as set. */
const JUMP_SECONDS = 5;

const STORAGE_CHECK_MILLISECONDS = 1000;

/**
 * How many turns the store has for its answer. One that is frozen never does; where all connections are busy for a moment, a
 * balancer that took the gate out would only send its load to the next.
 */
const STORAGE_PATIENCE_TURNS = 3;

/**
 * At start and every five minutes, sweeps expired rows; at start and once an hour, rotates signing keys that are due; every
 * second, asks whether the store answers, which it has three for. One sweep runs at a time, and one question. What fails is
 * tried again at the next turn: an expired row is refused whether or not it is gone, and a key that is due signs on.
 *
 * Nothing is swept at a turn before which the time was set forward, for it may be set right before the next one: what is swept by a
 * wrong time does not come back.
 */
export function startUpkeep({ storage, platform, rotateKeysIfDue, onSweepFault, onStorageFault }: UpkeepWork): Upkeep {
  let answers = true;
  let toldCause: string | undefined;
  const tellOnce = (error: unknown): void => {
    const cause = String(error);
    if (cause !== toldCause) tell(onSweepFault, error);
    toldCause = cause;
  };
  let lastTurn: { readonly now: EpochSeconds; readonly at: number } | undefined;
  const hasJumpedForward = (now: EpochSeconds): boolean => {
    const before = lastTurn;
    const at = performance.now();
    lastTurn = { now, at };
    return before !== undefined && now - before.now - (at - before.at) / 1000 > JUMP_SECONDS;
  };
  let isSweeping = false;
  const sweep = async (): Promise<void> => {
    const now = platform.clock.nowEpochSeconds();
    if (hasJumpedForward(now) || isSweeping) return;
    isSweeping = true;
    try {
      await storage.sweep(DEFAULT_TENANT, now);
      toldCause = undefined;
    } catch (error) {
      tellOnce(error);
    } finally {
      isSweeping = false;
    }
  };
  const rotate = (): void => {
    rotateKeysIfDue().catch(() => {});
  };
  void sweep();
  rotate();
  const sweeps = setInterval(() => void sweep(), SWEEP_MILLISECONDS);
  const rotations = setInterval(rotate, HOUR_MILLISECONDS);
  const toldFaults = new Set<string>();
  const missStorage = (error: unknown): void => {
    answers = false;
    const cause = String(error);
    if (!toldFaults.has(cause)) tell(onStorageFault, error);
    toldFaults.add(cause);
  };
  let turnsAsked = 0;
  const check = setInterval(() => {
    if (turnsAsked > 0) {
      turnsAsked += 1;
      if (turnsAsked <= STORAGE_PATIENCE_TURNS) return;
      missStorage(new StorageUnavailableError('The database cannot answer: it has not for three seconds'));
      return;
    }
    turnsAsked = 1;
    storage
      .ping()
      .then(() => {
        answers = true;
        toldFaults.clear();
      }, missStorage)
      .finally(() => {
        turnsAsked = 0;
      });
  }, STORAGE_CHECK_MILLISECONDS);
  for (const timer of [sweeps, rotations, check]) timer.unref();
  return {
    storageAnswers: () => answers,
    stop() {
      clearInterval(sweeps);
      clearInterval(rotations);
      clearInterval(check);
    },
  };
}

/** Trouble that cannot be told ends no gate: thrown from a timer, or where nobody waits, it would end the process. */
function tell(listener: (error: unknown) => void, error: unknown): void {
  try {
    listener(error);
  } catch {
    // There is nobody left to tell.
  }
}
