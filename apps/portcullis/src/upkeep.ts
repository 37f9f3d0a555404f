import type { Platform, Storage } from '@portcullis/ports';
import { DEFAULT_TENANT } from '@portcullis/protocol';

/** What the program does by itself while it runs. */
export interface Upkeep {
  /** Whether the store answered when it was last asked. */
  storageAnswers(): boolean;
  stop(): void;
}

const HOUR_MILLISECONDS = 60 * 60 * 1000;
const STORAGE_CHECK_MILLISECONDS = 5000;

/**
 * At start and once an hour, sweeps expired rows and rotates signing keys that are due; every five seconds, asks whether
 * the store answers. What fails is tried again at the next turn: an expired row is refused whether or not it is gone, and
 * a key that is due signs on.
 *
 * @param rotateKeysIfDue - records by itself what it does and what fails
 */
export function startUpkeep(storage: Storage, platform: Platform, rotateKeysIfDue: () => Promise<unknown>): Upkeep {
  let answers = true;
  const hourly = (): void => {
    storage.sweep(DEFAULT_TENANT, platform.clock.nowEpochSeconds()).catch(() => 0);
    rotateKeysIfDue().catch(() => {});
  };
  hourly();
  const work = setInterval(hourly, HOUR_MILLISECONDS);
  const check = setInterval(() => {
    storage.ping().then(
      () => {
        answers = true;
      },
      () => {
        answers = false;
      },
    );
  }, STORAGE_CHECK_MILLISECONDS);
  for (const timer of [work, check]) timer.unref();
  return {
    storageAnswers: () => answers,
    stop() {
      clearInterval(work);
      clearInterval(check);
    },
  };
}
