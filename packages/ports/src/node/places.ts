/** A bound on what runs at once: at most so many places are taken, and who comes first is served first. */
export class Places {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(count: number) {
    this.#free = count;
  }

  /** Takes a place, or waits for one. False, and no place taken, when `signal` ends the wait. */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const served = (): void => {
        signal.removeEventListener('abort', gaveUp);
        resolve(true);
      };
      const gaveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(served), 1);
        resolve(false);
      };
      signal.addEventListener('abort', gaveUp, { once: true });
      this.#waiting.push(served);
    });
  }

  /** Gives a place back. Whoever waits longest has it at once. */
  leave(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#free += 1;
    else next();
  }
}
