import { describe, expect, it } from 'vitest';
import { formatEvent, formatLine, sanitiseLogLine } from './framing.js';

describe('formatLine', () => {
  it('GW-09 makes one line of any JSON text, whatever a line reader breaks at, and changes no value', () => {
    const value = { a: 'x\u2028{"jsonrpc":"2.0"}\u2029\u0085y', n: [1] };
    const line = formatLine(JSON.stringify(value, null, '\r\n'));
    expect(line).not.toMatch(/[\r\n\u0085\u2028\u2029]/);
    expect(JSON.parse(line)).toEqual(value);
  });
});

describe('formatEvent', () => {
  it('GW-15 lets no CR of a server begin a field', () => {
    expect(formatEvent('{"a":1,\r"b":2}\r')).toBe('event: message\ndata: {"a":1, "b":2} \n\n');
  });
});

describe('sanitiseLogLine', () => {
  it('GW-18 leaves no control, format or separator character', () => {
    expect(sanitiseLogLine('a\tb\u001b[31m\r\u0000\u202e\u2028é')).toBe('a b\uFFFD[31m\uFFFD\uFFFD\uFFFD\uFFFDé');
  });
});
