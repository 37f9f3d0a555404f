import { expect, it } from 'vitest';
import { boundedText } from './bounded-text.js';

it('leaves what fits as it is, and ends what does not with an ellipsis', () => {
  expect(boundedText('abcd', 4)).toBe('abcd');
  expect(boundedText('abcde', 4)).toBe('abc…');
});

it('never leaves half of a pair', () => {
  expect(boundedText('ab\u{1f600}cd', 4)).toBe('ab…');
  expect(boundedText('a\u{1f600}cde', 4)).toBe('a\u{1f600}…');
});
