/**
 * Counts an authorization. What it throws ends the matter; what it returns takes the count back, where no token came of it
 * and nobody was asked to sign in.
 */
export type Attempt = () => () => void;

/**
 * Does `work` as one attempt. It counts where a token came of it, or a person was asked: a server that is down, or that
 * cannot be used, has refused nothing.
 *
 * @param work - calls what it is given before it asks a person
 */
export async function asAttempt<Value>(
  attempt: Attempt,
  work: (personIsAsked: () => void) => Promise<Value>,
): Promise<Value> {
  const takeBack = attempt();
  let isPersonAsked = false;
  try {
    return await work(() => {
      isPersonAsked = true;
    });
  } catch (error) {
    if (!isPersonAsked) takeBack();
    throw error;
  }
}
