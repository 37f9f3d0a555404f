import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailableError } from '@portcullis/ports';

const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;

/** The pause before a retry, in milliseconds: at random, so that processes which met once do not meet again. */
const PAUSE_MILLISECONDS = { least: 2, most: 30 };

/**
 * Whether another connection holds the lock. Extended codes carry the primary one in their low byte. One driver leaves
 * the code out when a statement that returns rows fails, hence the words, which are SQLite's own and fixed.
 */
export function isBusy(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (!('errcode' in error) || typeof error.errcode !== 'number') return error.message === 'database is locked';
  const primary = error.errcode & 0xff;
  return primary === SQLITE_BUSY || primary === SQLITE_LOCKED;
}

/**
 * Runs `act` again while another process holds the lock. The driver blocks the event loop while it waits, so its own
 * timeout is short and the longer wait is here, where other work goes on.
 *
 * @param act - all of it is repeated, so it has no effect when it fails: a whole transaction, or a read
 * @param patienceMilliseconds - after which the next refusal is final
 * @param startedMilliseconds - when the waiting began, by `performance.now()`. @defaultValue now
 * @throws what `act` throws; after the patience a {@link StorageUnavailableError} that says how long the lock was held
 */
export async function retryWhileBusy<Value>(
  act: () => Value | Promise<Value>,
  patienceMilliseconds: number,
  startedMilliseconds = performance.now(),
): Promise<Value> {
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isBusy(error)) throw error;
      if (performance.now() - startedMilliseconds >= patienceMilliseconds) {
        const message = `The database was locked by another process for ${patienceMilliseconds} ms`;
        throw new StorageUnavailableError(message, { cause: error });
      }
      await sleep(randomInt(PAUSE_MILLISECONDS.least, PAUSE_MILLISECONDS.most + 1));
    }
  }
}
