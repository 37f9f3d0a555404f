/**
 * Counts an authorization. What it throws ends the matter; what it returns takes the count back, where no token came of it
 * and nobody was asked to sign in.
 */
export type Attempt = () => () => void;

/** An attempt that is under way. */
export interface CountedAttempt {
  /** From here on it counts, whatever comes of it. */
  personIsAsked(): void;
  /** It was none after all. */
  takeBack(): void;
  /** Does a part of it. Where that fails and no person was asked, it does not count. */
  of<Value>(work: Promise<Value>): Promise<Value>;
}

/**
 * Counts an attempt. It goes on counting where a token came of it, or a person was asked: a server that is down, or that
 * cannot be used, has refused nothing.
 */
export function countAttempt(attempt: Attempt): CountedAttempt {
  const end = attempt();
  let isPersonAsked = false;
  let isTakenBack = false;
  const takeBack = (): void => {
    if (!isTakenBack) end();
    isTakenBack = true;
  };
  return {
    personIsAsked() {
      isPersonAsked = true;
    },
    takeBack,
    async of(work) {
      try {
        return await work;
      } catch (error) {
        if (!isPersonAsked) takeBack();
        throw error;
      }
    },
  };
}

/**
 * Does `work` as one attempt, see {@link countAttempt}.
 *
 * @param work - calls what it is given before it asks a person
 */
export function asAttempt<Value>(
  attempt: Attempt,
  work: (personIsAsked: () => void) => Promise<Value>,
): Promise<Value> {
  const counted = countAttempt(attempt);
  return counted.of(work(counted.personIsAsked));
}
