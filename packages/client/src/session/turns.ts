import type { SessionRecords } from '../stores/session-records.js';

/** In which order a session works. */
export interface Turns {
  /** Work on tokens: one at a time, of all who share them. A person is never waited for in it. */
  onTokens<Value>(work: () => Promise<Value>): Promise<Value>;
  /** The same in this process alone: to look at what is kept. */
  onTokensHere<Value>(work: () => Promise<Value>): Promise<Value>;
  /**
   * Asking a person: one at a time, of all who would ask about this server. Work on tokens goes on meanwhile, and has its
   * turn within this work too.
   */
  withPerson<Value>(work: () => Promise<Value>): Promise<Value>;
}

/** In this process by a queue, and among processes by a lease of the store. */
export function createTurns(records: Pick<SessionRecords, 'withLease' | 'withPerson'>): Turns {
  const forTokens = createQueue();
  const forPerson = createQueue();
  return {
    onTokens: (work) => forTokens(() => records.withLease(work)),
    onTokensHere: forTokens,
    withPerson: (work) => forPerson(() => records.withPerson(work)),
  };
}

/** Runs one after the other, whatever comes of each. */
function createQueue(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const mine = last.then(work, work);
    last = mine.catch(() => undefined);
    return mine;
  };
}
