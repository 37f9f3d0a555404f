import { type Platform, type Storage, StorageUnavailableError } from '@portcullis/ports';
import { DEFAULT_TENANT, type EpochSeconds } from '@portcullis/protocol';
import { tell } from './tell.js';
import { startWatch } from './watch.js';

/** What the program does by itself while it runs. */
export interface Upkeep {
  /** Whether the store answered when it was last asked. */
  storageAnswers(): boolean;
  /** Whether a key signed when that was last asked. */
  keySigns(): boolean;
  stop(): void;
}

/** What the upkeep calls. */
export interface UpkeepWork {
  readonly storage: Pick<Storage, 'sweep' | 'ping'>;
  readonly platform: Platform;
  /** Records by itself what it does and what fails. */
  rotateKeysIfDue(): Promise<unknown>;
  /** Whether a key signs; rejects where the store does not answer. */
  canSign(): Promise<boolean>;
  /** Takes why expired rows were not swept: once for each cause, until a sweep works again. What it throws is lost. */
  onSweepFault(error: unknown): void;
  /** Takes why the store does not answer: once for each cause, until it answers again. What it throws is lost. */
  onStorageFault(error: unknown): void;
  /** Takes that no key signs: once, until one does again. What it throws is lost. */
  onSigningFault(): void;
}

/** A used proof of a key may be forgotten after three minutes, and a busy client leaves one with each request. */
const SWEEP_MILLISECONDS = 5 * 60 * 1000;
const HOUR_MILLISECONDS = 60 * 60 * 1000;

/** By how many seconds the time may have gone on more than the turns are apart, before it counts as set. */
const JUMP_SECONDS = 5;

/**
 * At start and every five minutes, sweeps expired rows; at start and once an hour, rotates signing keys that are due; every
 * second, asks whether the store answers, and whether a key signs, which each has three for. One sweep runs at a time. What fails is
 * tried again at the next turn: an expired row is refused whether or not it is gone, and a key that is due signs on.
 *
 * Nothing is swept at a turn before which the time was set forward, for it may be set right before the next one: what is swept by a
 * wrong time does not come back.
 */
export function startUpkeep(work: UpkeepWork): Upkeep {
  const { storage, platform, rotateKeysIfDue, canSign, onSweepFault, onStorageFault, onSigningFault } = work;
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
  const store = startWatch({
    ask: () => storage.ping(),
    onFault: onStorageFault,
    silence: new StorageUnavailableError('The database cannot answer: it has not for three seconds'),
  });
  const noKeySigns = new Error('No key signs');
  const signing = startWatch({
    // Of a store that does not answer its own watch tells.
    ask: async () => {
      if (!(await canSign().catch(() => true))) throw noKeySigns;
    },
    onFault: onSigningFault,
    silence: noKeySigns,
  });
  for (const timer of [sweeps, rotations]) timer.unref();
  return {
    storageAnswers: store.answers,
    keySigns: signing.answers,
    stop() {
      clearInterval(sweeps);
      clearInterval(rotations);
      store.stop();
      signing.stop();
    },
  };
}
