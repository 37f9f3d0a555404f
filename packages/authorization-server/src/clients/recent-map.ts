/**
 * A map of at most `limit` entries. One more, and the one that was used longest ago is forgotten.
 *
 * Entries for which `isHeld` holds are never forgotten, so that there may be more than `limit` while all of them are.
 * Whoever holds entries bounds how many.
 */
export class RecentMap<Value> {
  readonly #limit: number;
  readonly #isHeld: (value: Value) => boolean;
  /** A map keeps the order of insertion, so the first entry is the one used longest ago. */
  readonly #entries = new Map<string, Value>();

  constructor(limit: number, isHeld: (value: Value) => boolean = () => false) {
    this.#limit = limit;
    this.#isHeld = isHeld;
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Counts as a use. */
  get(key: string): Value | undefined {
    const value = this.#entries.get(key);
    if (value !== undefined) this.set(key, value);
    return value;
  }

  set(key: string, value: Value): void {
    this.#entries.delete(key);
    this.#entries.set(key, value);
    for (const [oldKey, old] of this.#entries) {
      if (this.#entries.size <= this.#limit) return;
      if (oldKey !== key && !this.#isHeld(old)) this.#entries.delete(oldKey);
    }
  }

  /** The value of `key`; where there is none, the one that `make` yields, kept. */
  recall(key: string, make: () => Value): Value {
    const value = this.#entries.get(key) ?? make();
    this.set(key, value);
    return value;
  }

  delete(key: string): void {
    this.#entries.delete(key);
  }
}
