/** How many places there are, altogether and for each host. */
export interface PlaceLimits {
  readonly total: number;
  readonly perHost: number;
}

/** Somebody who waits for a place. */
interface Waiting {
  readonly host: string;
  serve(): void;
}

/**
 * A bound on what runs at once: at most so many places are taken, and at most so many by one host, so that a slow host
 * holds up nobody but itself. Who comes first is served first, among those whose host has not all it may have.
 */
export class Places {
  readonly #perHost: number;
  #free: number;
  /** Hosts that have a place. */
  readonly #taken = new Map<string, number>();
  readonly #waiting: Waiting[] = [];

  constructor({ total, perHost }: PlaceLimits) {
    this.#free = total;
    this.#perHost = perHost;
  }

  /** Takes a place for `host`, or waits for one. False, and no place taken, when `signal` ends the wait. */
  take(host: string, signal: AbortSignal): Promise<boolean> {
    if (signal.aborted) return Promise.resolve(false);
    // Whoever waits does so because there is nothing for them now, so nobody is overtaken here.
    if (this.#mayHaveOne(host)) {
      this.#give(host);
      return Promise.resolve(true);
    }
    return new Promise((resolve) => {
      const waiting: Waiting = {
        host,
        serve: () => {
          signal.removeEventListener('abort', gaveUp);
          resolve(true);
        },
      };
      const gaveUp = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
        resolve(false);
      };
      signal.addEventListener('abort', gaveUp, { once: true });
      this.#waiting.push(waiting);
    });
  }

  /** Gives a place of `host` back. Whoever waits longest and may have it has it at once. */
  leave(host: string): void {
    this.#free += 1;
    const left = this.#takenBy(host) - 1;
    if (left > 0) this.#taken.set(host, left);
    else this.#taken.delete(host);
    // One place came free, so there is something for one of them at most.
    const index = this.#waiting.findIndex((waiting) => this.#mayHaveOne(waiting.host));
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (next === undefined) return;
    this.#give(next.host);
    next.serve();
  }

  #mayHaveOne(host: string): boolean {
    return this.#free > 0 && this.#takenBy(host) < this.#perHost;
  }

  #takenBy(host: string): number {
    return this.#taken.get(host) ?? 0;
  }

  #give(host: string): void {
    this.#free -= 1;
    this.#taken.set(host, this.#takenBy(host) + 1);
  }
}
