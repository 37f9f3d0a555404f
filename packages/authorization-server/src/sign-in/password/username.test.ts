import { expect, it } from 'vitest';
import { normaliseUsername } from './username.js';

it.each([
  [' Alice ', 'alice'],
  ['ＡＬＩＣＥ', 'alice'],
  ['x'.repeat(128), 'x'.repeat(128)],
  ['x'.repeat(129), ''],
  ['', ''],
])('normalises %j', (text, expected) => {
  expect(normaliseUsername(text)).toBe(expected);
});
