const NEWLINE = 0x0a;

/**
 * Cuts a byte stream into lines at LF, holding at most `maxBytes` of one line.
 *
 * A longer line is handed over once, cut at the bound and marked `truncated`; the rest of it is skipped. A CR before the
 * LF stays: to JSON it is white space.
 */
export class LineReader {
  readonly #maxBytes: number;
  readonly #onLine: (line: Buffer, truncated: boolean) => void;
  #parts: Buffer[] = [];
  #length = 0;
  #skipping = false;

  constructor(maxBytes: number, onLine: (line: Buffer, truncated: boolean) => void) {
    this.#maxBytes = maxBytes;
    this.#onLine = onLine;
  }

  /** Takes the next bytes and hands over every line they complete. */
  push(chunk: Buffer): void {
    let from = 0;
    for (;;) {
      const newline = chunk.indexOf(NEWLINE, from);
      this.#append(chunk.subarray(from, newline < 0 ? chunk.length : newline));
      if (newline < 0) return;
      if (this.#skipping) this.#skipping = false;
      else this.#emit(false);
      from = newline + 1;
    }
  }

  /** The stream is over: hands over a last line that had no LF. */
  end(): void {
    if (this.#length > 0) this.#emit(false);
  }

  #append(part: Buffer): void {
    if (this.#skipping || part.length === 0) return;
    const room = this.#maxBytes - this.#length;
    this.#parts.push(part.length > room ? part.subarray(0, room) : part);
    this.#length += Math.min(part.length, room);
    if (part.length > room) {
      this.#skipping = true;
      this.#emit(true);
    }
  }

  #emit(truncated: boolean): void {
    const [first] = this.#parts;
    const line = first !== undefined && this.#parts.length === 1 ? first : Buffer.concat(this.#parts, this.#length);
    this.#parts = [];
    this.#length = 0;
    this.#onLine(line, truncated);
  }
}
