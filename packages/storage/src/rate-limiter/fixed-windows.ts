/** What one key has taken, until when. */
export interface FixedWindow {
  readonly endsMilliseconds: number;
  taken: number;
}

/**
 * Windows of one length by their key. Each starts when something is first taken by its key. All last equally long, so they
 * stand in the order of their ends, and those that have ended go at the next look: no timer for each.
 */
export class FixedWindows {
  readonly #lengthMilliseconds: number;
  readonly #windows = new Map<string, FixedWindow>();

  constructor(lengthMilliseconds: number) {
    this.#lengthMilliseconds = lengthMilliseconds;
  }

  /** How many are held. */
  get size(): number {
    return this.#windows.size;
  }

  /** The window of `key` that has not ended at `now`, after one more was taken. */
  take(key: string, now: number): FixedWindow {
    const window = this.find(key, now) ?? { endsMilliseconds: now + this.#lengthMilliseconds, taken: 0 };
    if (window.taken === 0) this.#windows.set(key, window);
    window.taken += 1;
    return window;
  }

  /** The window of `key` that has not ended at `now`, if there is one. */
  find(key: string, now: number): FixedWindow | undefined {
    for (const [ended, { endsMilliseconds }] of this.#windows) {
      if (endsMilliseconds > now) break;
      this.#windows.delete(ended);
    }
    return this.#windows.get(key);
  }
}
