import { tell } from './tell.js';

/** Whether something that is asked every second still answers. */
export interface Watch {
  /** As it was when it was last asked. */
  answers(): boolean;
  stop(): void;
}

/** What is asked, and what is told of it. */
export interface Watched {
  /** Rejects with why not. */
  ask(): Promise<unknown>;
  /** Takes why it does not answer: once for each cause, until it answers again. What it throws is lost. */
  onFault(error: unknown): void;
  /** Why, where it has not answered for {@link PATIENCE_TURNS}. */
  readonly silence: Error;
}

const TURN_MILLISECONDS = 1000;

/**
 * How many turns there are for an answer. What is frozen never gives one; where it takes longer for a moment, a balancer that took
 * the gate out would only send its load to the next.
 */
const PATIENCE_TURNS = 3;

/** Asks every second, one question at a time. What has not been asked yet counts as answering. */
export function startWatch({ ask, onFault, silence }: Watched): Watch {
  let answers = true;
  const told = new Set<string>();
  const miss = (error: unknown): void => {
    answers = false;
    const cause = String(error);
    if (!told.has(cause)) tell(onFault, error);
    told.add(cause);
  };
  let turnsAsked = 0;
  const turns = setInterval(() => {
    if (turnsAsked > 0) {
      turnsAsked += 1;
      if (turnsAsked > PATIENCE_TURNS) miss(silence);
      return;
    }
    turnsAsked = 1;
    ask()
      .then(() => {
        answers = true;
        told.clear();
      }, miss)
      .finally(() => {
        turnsAsked = 0;
      });
  }, TURN_MILLISECONDS);
  turns.unref();
  return { answers: () => answers, stop: () => clearInterval(turns) };
}
