const CR = 0x0d;
const LF = 0x0a;
const COLON = 0x3a;
const NOTHING = Buffer.alloc(0);
/** The fields there are (HTML Living Standard §9.2.6), by their first letter. */
const FIELDS = new Map(['data', 'event', 'id', 'retry'].map((name) => [name.charCodeAt(0), Buffer.from(name)]));

/**
 * Re-frames an event stream while it passes: every line ends in a single LF, whatever the upstream wrote, and only
 * comments and the four known fields go on. So the gate and the client agree on where a line, a field and an event end.
 *
 * Nothing is held back but the first letters of a field name cut by a chunk border. A chunk that is in order already is
 * returned as it is. A byte order mark counts as part of the first line's name, and the line is dropped.
 */
export class EventStreamFilter {
  readonly #maxEventBytes: number;
  /** What is known of the line that the next byte belongs to. */
  #line: 'start' | 'pass' | 'drop' = 'start';
  /** Beginning of a line that may still become a known field. */
  #held: Buffer = NOTHING;
  /** The last byte was CR: a LF that follows belongs to it. */
  #afterCr = false;
  #eventBytes = 0;

  /** @param maxEventBytes - bytes between two blank lines beyond which the stream is refused */
  constructor(maxEventBytes: number) {
    this.#maxEventBytes = maxEventBytes;
  }

  /** What of the chunk goes on now, possibly nothing; undefined when an event grew too large. */
  push(chunk: Buffer): Buffer | undefined {
    let bytes = this.#afterCr || chunk.includes(CR) ? this.#normalise(chunk) : chunk;
    if (this.#held.length > 0) {
      bytes = Buffer.concat([this.#held, bytes]);
      this.#held = NOTHING;
    }
    let kept: Buffer[] | undefined;
    /** Where the run of bytes that go on began; everything before is decided. */
    let runStart = 0;
    let eventStart = 0;
    let position = 0;
    while (position < bytes.length) {
      const lineStart = position;
      if (this.#line === 'start') {
        if (bytes[position] === LF) {
          position += 1;
          if (this.#eventBytes + position - eventStart > this.#maxEventBytes) return undefined;
          this.#eventBytes = 0;
          eventStart = position;
          continue;
        }
        const verdict = judge(bytes, position);
        if (verdict === 'undecided') {
          this.#held = bytes.subarray(position);
          bytes = bytes.subarray(0, position);
          break;
        }
        this.#line = verdict;
      }
      const lineFeed = bytes.indexOf(LF, position);
      position = lineFeed < 0 ? bytes.length : lineFeed + 1;
      if (this.#line === 'drop') {
        kept ??= [];
        if (lineStart > runStart) kept.push(bytes.subarray(runStart, lineStart));
        runStart = position;
      }
      if (lineFeed >= 0) this.#line = 'start';
    }
    this.#eventBytes += bytes.length - eventStart;
    if (this.#eventBytes > this.#maxEventBytes) return undefined;
    if (kept === undefined) return bytes;
    if (runStart < bytes.length) kept.push(bytes.subarray(runStart));
    return kept.length === 0 ? NOTHING : Buffer.concat(kept);
  }

  /** A copy with every CR and CRLF made LF. */
  #normalise(chunk: Buffer): Buffer {
    const out = Buffer.allocUnsafe(chunk.length);
    let length = 0;
    let afterCr = this.#afterCr;
    for (const byte of chunk) {
      if (byte !== LF || !afterCr) {
        out[length] = byte === CR ? LF : byte;
        length += 1;
      }
      afterCr = byte === CR;
    }
    this.#afterCr = afterCr;
    return out.subarray(0, length);
  }
}

/** Whether the line that begins at `start` goes on, as far as its bytes tell. */
function judge(bytes: Buffer, start: number): 'pass' | 'drop' | 'undecided' {
  const first = bytes[start];
  if (first === COLON) return 'pass';
  const field = FIELDS.get(first ?? LF);
  if (field === undefined) return 'drop';
  for (let index = 1; index <= field.length; index += 1) {
    const byte = bytes[start + index];
    if (byte === undefined) return 'undecided';
    if (index === field.length) return byte === COLON || byte === LF ? 'pass' : 'drop';
    if (byte !== field[index]) return 'drop';
  }
  return 'drop';
}
