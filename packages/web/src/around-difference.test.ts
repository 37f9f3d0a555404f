import fc from 'fast-check';
import { expect, it } from 'vitest';
import { aroundDifference } from './around-difference.js';

const long = 'n'.repeat(200);

it.each([
  [
    `${long}1${long}`,
    `${long}2${long}`,
    `…${'n'.repeat(31)}1${'n'.repeat(30)}…`,
    `…${'n'.repeat(31)}2${'n'.repeat(30)}…`,
  ],
  [long, `${long} Pro`, `…${'n'.repeat(31)}`, `…${'n'.repeat(31)} Pro`],
  ['Weather', 'Weather Desk', 'Weather', 'Weather Desk'],
  [`\u202e${long}\u{1f680}`, `${long}\u{1f681}`, `…${'n'.repeat(31)}\u{1f680}`, `…${'n'.repeat(31)}\u{1f681}`],
  ['', 'a', '', 'a'],
])('CB-04 shows where two names part: case %#', (one, other, ofOne, ofOther) => {
  expect(aroundDifference(one, other)).toEqual([ofOne, ofOther]);
  expect(aroundDifference(other, one)).toEqual([ofOther, ofOne]);
});

it('CB-04 tells apart what can be seen to differ, however long it is alike, and shows 64 characters at most', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', ' ', '\u{1f680}'), maxLength: 150 });
  fc.assert(
    fc.property(text, text, text, (before, one, other) => {
      const seen = (end: string): string => `.${before}${end}.`.replaceAll(/ +/g, ' ');
      const shown = aroundDifference(seen(one), seen(other));
      expect(shown[0] === shown[1]).toBe(seen(one) === seen(other));
      for (const each of shown) expect(Array.from(each).length).toBeLessThanOrEqual(64);
    }),
  );
});
