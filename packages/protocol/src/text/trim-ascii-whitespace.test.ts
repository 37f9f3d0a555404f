import { expect, it } from 'vitest';
import { trimAsciiWhitespace } from './trim-ascii-whitespace.js';

it.each([
  ['a.b.c\n', 'a.b.c'],
  [' \t\r\na b\r\n', 'a b'],
  ['\u00a0a\u2028', '\u00a0a\u2028'],
  ['\u0000a\u0000', '\u0000a\u0000'],
  [' \n', ''],
  ['', ''],
])('takes ASCII whitespace from both ends of %j, and nothing else', (text, trimmed) => {
  expect(trimAsciiWhitespace(text)).toBe(trimmed);
});
