import { expect, it } from 'vitest';
import { toDisplayText } from './display-text.js';

it.each([
  ['Claude Code', 'Claude Code'],
  ['a\u202Eb\u2066c\u200Bd\u200Fe\uFEFFf', 'abcdef'],
  ['a\r\nb\0c', 'a b c'],
  ['  a \u2028 b  ', 'a b'],
  ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['\u{E0041}\u3164', ''],
])('CB-04 shows %j as %j', (text, expected) => {
  expect(toDisplayText(text)).toBe(expected);
});

it('CB-04 cuts 300 characters to 64, counted as people do', () => {
  expect([...toDisplayText('x'.repeat(300))]).toHaveLength(64);
  expect([...toDisplayText('🙂'.repeat(300))]).toHaveLength(64);
});
