/** A map of bounded size: beyond it, the entry that was asked for longest ago goes. */
export class RecentMap<Value> {
  readonly #capacity: number;
  readonly #entries = new Map<string, Value>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** The value of `key`; where there is none, the one that `make` yields, kept. */
  recall(key: string, make: () => Value): Value {
    const value = this.#entries.get(key) ?? make();
    // A map keeps the order of insertion, so the first entry is always the one to go.
    this.#entries.delete(key);
    this.#entries.set(key, value);
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > this.#capacity && oldest !== undefined) this.#entries.delete(oldest);
    return value;
  }
}
