import { expect, it } from 'vitest';
import { equalsInConstantTime } from './constant-time.js';

it.each([
  ['', '', true],
  ['abc', 'abc', true],
  ['abc', 'abd', false],
  ['abc', 'ab', false],
  ['ab', 'abc', false],
  ['', 'a', false],
  ['\0', '', false],
])('AZ-17 compares %j and %j: %s', (left, right, expected) => {
  expect(equalsInConstantTime(left, right)).toBe(expected);
});
