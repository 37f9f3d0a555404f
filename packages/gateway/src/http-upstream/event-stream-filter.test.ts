import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EventStreamFilter } from './event-stream-filter.js';

function filtered(chunks: readonly (string | Buffer)[], maxEventBytes = 1_000_000): string | undefined {
  const filter = new EventStreamFilter(maxEventBytes);
  const out: Buffer[] = [];
  for (const chunk of chunks) {
    const passed = filter.push(Buffer.from(chunk as string));
    if (passed === undefined) return undefined;
    out.push(passed);
  }
  return Buffer.concat(out).toString();
}

/** What the filter must do, written the slow way. */
function expected(text: string): string {
  const lines = text.split(/\r\n|\r|\n/);
  const tail = lines.pop() ?? '';
  const isKept = (line: string) => line === '' || /^(?::|(?:data|event|id|retry)(?::|$))/.test(line);
  const whole = lines
    .filter(isKept)
    .map((line) => `${line}\n`)
    .join('');
  // Of an unfinished line only what is known to be a field has gone on.
  return whole + (/^(?::|(?:data|event|id|retry):)/.test(tail) ? tail : '');
}

describe('EventStreamFilter', () => {
  it('returns a chunk that is in order as it is', () => {
    const chunk = Buffer.from('event: message\nid: 1\nretry: 5\ndata: {}\n\n: ping\n\n');
    expect(new EventStreamFilter(1000).push(chunk)).toBe(chunk);
  });

  it('GW-15 makes every line end a LF and drops what is no field', () => {
    expect(filtered(['data: a\r\ndata: b\rdata: c\n\r\n'])).toBe('data: a\ndata: b\ndata: c\n\n');
    expect(filtered(['data: a\r', '\ndata: b\n\n'])).toBe('data: a\ndata: b\n\n');
    expect(filtered(['Data: a\n data: b\ndatax: c\nevil\nset-cookie: x\ndata\n\n'])).toBe('data\n\n');
    expect(filtered(['database', ': x\ndata: y\n\n'])).toBe('data: y\n\n');
  });

  it('holds back nothing of a line that is known to be a field', () => {
    const filter = new EventStreamFilter(1000);
    expect(filter.push(Buffer.from('da'))?.toString()).toBe('');
    expect(filter.push(Buffer.from('ta: par'))?.toString()).toBe('data: par');
    expect(filter.push(Buffer.from('t\n'))?.toString()).toBe('t\n');
    expect(filter.push(Buffer.from('\n'))?.toString()).toBe('\n');
  });

  it('GW-15 gives up on an event beyond the cap, however it is cut, and not on many small ones', () => {
    const event = `data: ${'x'.repeat(50)}\n\n`;
    expect(filtered([event.repeat(100)], 60)).toBe(event.repeat(100));
    expect(filtered([`data: ${'x'.repeat(60)}`], 60)).toBeUndefined();
    expect(
      filtered(
        Array.from({ length: 61 }, () => 'x'),
        60,
      ),
    ).toBeUndefined();
    expect(filtered([`${event}data: ${'x'.repeat(60)}\n\n`], 60)).toBeUndefined();
  });

  it('gives the same result wherever the chunks are cut', () => {
    const piece = fc.constantFrom(
      'data',
      'event',
      'id',
      'retry',
      'x',
      ':',
      ' ',
      '\r',
      '\n',
      '\r\n',
      '\n\n',
      'é',
      'datax',
      '\0',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 40 }),
        fc.array(fc.nat({ max: 60 }), { maxLength: 8 }),
        (pieces, cuts) => {
          const bytes = Buffer.from(pieces.join(''));
          const borders = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length];
          const chunks = borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
          expect(filtered(chunks)).toBe(expected(bytes.toString()));
        },
      ),
      { numRuns: 2000 },
    );
  });
});
