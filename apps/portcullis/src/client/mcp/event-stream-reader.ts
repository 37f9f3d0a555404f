/** One event of a stream (WHATWG HTML §9.2). */
export interface ServerSentEvent {
  /** Empty for an event that only sets an id. */
  readonly data: string;
  /** The last `id` of the stream, where one was given. */
  readonly id: string | undefined;
  /** The last `retry` of the stream. */
  readonly retryMilliseconds: number | undefined;
}

/** Longest id that is kept: it is sent back as a header. */
const MAX_ID_LENGTH = 1024;

/** A stream that holds more in one event than it may. */
export class EventTooLargeError extends Error {
  override readonly name = 'EventTooLargeError';
}

/**
 * Reads Server-Sent Events as they arrive. Types of events are not told apart: MCP sends everything as `message`. An event
 * without data is handed over where it has set an id, since a stream is resumed from there. What follows the last blank
 * line is no event.
 *
 * @throws {EventTooLargeError} where one event has more than `maxBytes`; whatever the body throws
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<ServerSentEvent, void, undefined> {
  const decoder = new TextDecoder('utf-8');
  /** A line that has not ended, as it came: whoever looks at a joined text pays for the whole of it each time. */
  let pieces: string[] = [];
  let unfinished = 0;
  let endsWithReturn = false;
  let parts: string[] = [];
  let length = 0;
  let hasNewId = false;
  let id: string | undefined;
  let retryMilliseconds: number | undefined;

  function take(line: string): void {
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') {
      parts.push(value);
      length += value.length + 1;
    } else if (field === 'id' && value.length <= MAX_ID_LENGTH && /^[\x20-\x7e]*$/.test(value)) {
      // Empty unsets it. What could not stand in a header could not be sent back.
      id = value === '' ? undefined : value;
      hasNewId = true;
    } else if (field === 'retry' && /^\d{1,9}$/.test(value)) {
      retryMilliseconds = Number(value);
    }
  }

  // Leaving the loop early cancels the body.
  for await (const chunk of body as AsyncIterable<Uint8Array>) {
    const text = decoder.decode(chunk, { stream: true });
    if (text === '') continue;
    pieces.push(text);
    unfinished += text.length;
    // Joined only where a line ends: a long line in many pieces is not copied anew for each of them.
    if (!/[\r\n]/.test(text) && !endsWithReturn) {
      if (unfinished + length > maxBytes) throw new EventTooLargeError('An event is too large');
      continue;
    }
    const lines = pieces.join('').split(/\r\n|\n|\r(?!$)/);
    const rest = lines.pop() ?? '';
    pieces = rest === '' ? [] : [rest];
    unfinished = rest.length;
    endsWithReturn = rest.endsWith('\r');
    for (const line of lines) {
      if (line !== '') {
        take(line);
        if (length > maxBytes) throw new EventTooLargeError('An event is too large');
        continue;
      }
      if (parts.length > 0 || hasNewId) yield { data: parts.join('\n'), id, retryMilliseconds };
      parts = [];
      length = 0;
      hasNewId = false;
    }
  }
}
