/**
 * Hands trouble to whoever listens. Trouble that cannot be told ends no gate: thrown from a timer, or where nobody waits, it would
 * end the process.
 */
export function tell(listener: (error: unknown) => void, error: unknown): void {
  try {
    listener(error);
  } catch {
    // There is nobody left to tell.
  }
}
