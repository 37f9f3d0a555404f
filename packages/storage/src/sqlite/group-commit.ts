import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageUnavailableError } from '@portcullis/ports';
import type { Kysely, Transaction } from 'kysely';
import type { Database } from '../sql/schema.js';
import { retryWhileBusy } from './busy.js';

/** Acts that one transaction takes at most, so that it holds the event loop for a few milliseconds and no longer. */
const MAX_ACTS = 16;

/** An act that waits for a transaction. Whoever asked for it is told through `settle` and `fail`. */
interface WaitingAct {
  /** When it was asked for, by `performance.now()`. */
  readonly askedMilliseconds: number;
  /** Runs it, in a transaction that others may share. Says how to tell what came of it, once that is committed. */
  run(trx: Transaction<Database>): Promise<() => void>;
  fail(error: unknown): void;
}

/**
 * Runs acts in transactions, those that wait at the same time in one: a commit is a write through to the disk, which
 * costs more than all else of an act, and one serves all of them. Nobody is told of an act before it is committed.
 *
 * Another process that holds the lock is waited for up to `patienceMilliseconds` from when an act was asked for, however
 * many wait beside it.
 *
 * Where one of them fails, or the commit does, the whole transaction is taken back and its acts run again, each in a
 * transaction of its own: so one that fails takes nothing of the others with it. That is rare, an act that finds its work
 * done already does not fail, and a savepoint for each act would cost all of them a tenth of their processor time.
 *
 * The driver is synchronous: between two transactions the event loop turns, and reads get the connection.
 */
export function createGroupCommit(
  db: Kysely<Database>,
  patienceMilliseconds: number,
): <Value>(work: (trx: Transaction<Database>) => Promise<Value>) => Promise<Value> {
  const waiting: WaitingAct[] = [];
  let isRunning = false;

  async function runAll(): Promise<void> {
    while (waiting.length > 0) {
      await gather();
      const acts = waiting.splice(0, MAX_ACTS);
      const lost = await runTogether(acts);
      for (const act of lost) await runAlone(act);
    }
    isRunning = false;
  }

  /** Lets acts come along for as long as each turn of the event loop brings another one: requests that came together are not
   * all read in one turn. Ends at once where nobody else asks. */
  async function gather(): Promise<void> {
    let known: number;
    do {
      known = waiting.length;
      await nextTurn();
    } while (waiting.length > known && waiting.length < MAX_ACTS);
  }

  /** Answers the acts that came to nothing because their transaction did. */
  async function runTogether(acts: readonly WaitingAct[]): Promise<readonly WaitingAct[]> {
    const [only, ...others] = acts;
    if (only === undefined || others.length === 0) return acts;
    try {
      const outcomes = await inTransaction(only.askedMilliseconds, async (trx) => {
        const told: (() => void)[] = [];
        for (const act of acts) told.push(await act.run(trx));
        return told;
      });
      for (const tell of outcomes) tell();
      return [];
    } catch (error) {
      return error instanceof StorageUnavailableError ? giveUp(acts, error) : acts;
    }
  }

  /** The lock was not to be had, so nothing ran. Who has waited long enough is told, and the others go on waiting. */
  function giveUp(acts: readonly WaitingAct[], error: StorageUnavailableError): readonly WaitingAct[] {
    const now = performance.now();
    const isOver = (act: WaitingAct): boolean => now - act.askedMilliseconds >= patienceMilliseconds;
    waiting.unshift(...acts.filter((act) => !isOver(act)));
    for (const act of acts) if (isOver(act)) act.fail(error);
    return [];
  }

  async function runAlone(act: WaitingAct): Promise<void> {
    try {
      const tell = await inTransaction(act.askedMilliseconds, (trx) => act.run(trx));
      tell();
    } catch (error) {
      act.fail(error);
    }
  }

  function inTransaction<Value>(
    askedMilliseconds: number,
    work: (trx: Transaction<Database>) => Promise<Value>,
  ): Promise<Value> {
    return retryWhileBusy(() => db.transaction().execute(work), patienceMilliseconds, askedMilliseconds);
  }

  return (work) =>
    new Promise((resolve, reject) => {
      waiting.push({
        askedMilliseconds: performance.now(),
        async run(trx) {
          const value = await work(trx);
          return () => resolve(value);
        },
        fail: reject,
      });
      if (isRunning) return;
      isRunning = true;
      void runAll();
    });
}
