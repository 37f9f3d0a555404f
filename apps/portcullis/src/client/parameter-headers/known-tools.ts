import type { MarkedParameter } from './marked-parameters.js';

/** How much is remembered. */
export interface KnownToolsBounds {
  /** @defaultValue 1000 */
  readonly maxTools?: number;
  /** All names, paths and headers together, in characters. @defaultValue 1048576 */
  readonly maxLength?: number;
}

/**
 * The tools with marked parameters that a server has listed, by name. A tool without them is not kept: it is as one that
 * was never seen. Beyond the bounds the tools that were listed the longest ago are forgotten; one that is beyond
 * them alone is not kept.
 */
export class KnownTools {
  readonly #tools = new Map<string, { readonly marked: readonly MarkedParameter[]; readonly length: number }>();
  readonly #maxTools: number;
  readonly #maxLength: number;
  #length = 0;

  constructor({ maxTools = 1000, maxLength = 1024 * 1024 }: KnownToolsBounds = {}) {
    this.#maxTools = maxTools;
    this.#maxLength = maxLength;
  }

  /** The marked parameters of a tool; none where nothing is known of it. */
  get(name: string): readonly MarkedParameter[] {
    return this.#tools.get(name)?.marked ?? [];
  }

  /** Takes what a list says of a tool, in place of what an earlier one said. */
  learn(name: string, marked: readonly MarkedParameter[]): void {
    this.#forget(name);
    if (marked.length === 0) return;
    const length = marked.reduce((sum, { path, header }) => sum + header.length + path.join('').length, name.length);
    if (length > this.#maxLength) return;
    this.#tools.set(name, { marked, length });
    this.#length += length;
    for (const oldest of this.#tools.keys()) {
      if (this.#tools.size <= this.#maxTools && this.#length <= this.#maxLength) return;
      this.#forget(oldest);
    }
  }

  /** Forgets all. */
  clear(): void {
    this.#tools.clear();
    this.#length = 0;
  }

  #forget(name: string): void {
    this.#length -= this.#tools.get(name)?.length ?? 0;
    this.#tools.delete(name);
  }
}
