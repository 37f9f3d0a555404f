import { describe, expect, it } from 'vitest';
import { EventTooLargeError, readEvents, type ServerSentEvent } from './event-stream-reader.js';

async function read(chunks: readonly (string | Uint8Array)[], maxBytes = 1000): Promise<ServerSentEvent[]> {
  const bytes = chunks.map((chunk) => (typeof chunk === 'string' ? new TextEncoder().encode(chunk) : chunk));
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      for (const chunk of bytes) controller.enqueue(chunk);
      controller.close();
    },
  });
  const events: ServerSentEvent[] = [];
  for await (const event of readEvents(body, maxBytes)) events.push(event);
  return events;
}

const data = (events: readonly ServerSentEvent[]): string[] => events.map((event) => event.data);

/** How many characters are looked at while `work` is done, by whatever method of a text or pattern. */
async function charactersSeenBy(work: () => Promise<unknown>): Promise<number> {
  let seen = 0;
  const count = (target: object, name: PropertyKey, lengthOf: (self: unknown, args: unknown[]) => number) => {
    const original = Object.getOwnPropertyDescriptor(target, name) as PropertyDescriptor;
    const method: unknown = original.value;
    if (typeof method !== 'function') return undefined;
    const value = function (this: unknown, ...args: unknown[]): unknown {
      seen += lengthOf(this, args);
      return Reflect.apply(method, this, args);
    };
    Object.defineProperty(target, name, { ...original, value });
    return () => Object.defineProperty(target, name, original);
  };
  const names = Object.getOwnPropertyNames(String.prototype).filter((name) => name !== 'constructor');
  const restore = [
    ...names.map((name) => count(String.prototype, name, (self) => (self as string).length)),
    count(RegExp.prototype, 'test', (_self, [text]) => String(text).length),
  ];
  try {
    await work();
  } finally {
    for (const undo of restore) undo?.();
  }
  return seen;
}

describe('readEvents', () => {
  it('reads data, ids and retry, with every line end', async () => {
    const events = await read(['\ufeffid: 7\r\nretry: 250\r\ndata: a\rdata:b\n\r\n: comment\n\nevent: x\ndata\n\n']);
    expect(events).toEqual([
      { data: 'a\nb', id: '7', retryMilliseconds: 250 },
      { data: '', id: '7', retryMilliseconds: 250 },
    ]);
  });

  it('reads the same however it is cut', async () => {
    const bytes = new TextEncoder().encode('data: {"ü":"漢"}\r\n\r\ndata: b\r\rdata: c\n\n');
    const whole = data(await read([bytes]));
    expect(whole).toEqual(['{"ü":"漢"}', 'b', 'c']);
    expect(data(await read([...bytes].map((byte) => Uint8Array.of(byte))))).toEqual(whole);
  });

  it('hands over an id without data, and drops what is not finished', async () => {
    expect(await read(['id: 1\n\ndata: cut off'])).toEqual([{ data: '', id: '1', retryMilliseconds: undefined }]);
  });

  it('keeps no id that could not stand in a header', async () => {
    const events = await read(['id: a\u0000\ndata: 1\n\n', `id: ${'x'.repeat(2000)}\ndata: 2\n\n`, 'id\ndata: 3\n\n']);
    expect(events.map(({ id }) => id)).toEqual([undefined, undefined, undefined]);
  });

  it('CX-07 stops at an event without end, in one line or in many', async () => {
    const endless = Array.from({ length: 300 }, () => 'xxxxxxxxxx');
    await expect(read(['data: ', ...endless])).rejects.toThrow(EventTooLargeError);
    await expect(read(endless.map((text) => `data: ${text}\n`))).rejects.toThrow(EventTooLargeError);
    await expect(read([...endless.map(() => ': comment\n'), 'data: a\n\n'])).resolves.toHaveLength(1);
  });

  it('CX-07 does no more work for a long line the more pieces it comes in', async () => {
    const length = 512 * 1024;
    const piece = 'x'.repeat(512);
    const pieces = ['data: ', ...Array.from({ length: length / piece.length }, () => piece), '\n\n'];
    let events: ServerSentEvent[] = [];
    const seen = await charactersSeenBy(async () => {
      events = await read(pieces, 2 * length);
    });
    expect(events[0]?.data).toHaveLength(length);
    expect(seen).toBeGreaterThan(length);
    expect(seen).toBeLessThan(20 * length);
  });
});
