import { describe, expect, it } from 'vitest';
import { formatUserCode, parseUserCode, USER_CODE_ALPHABET, USER_CODE_LENGTH } from './user-code.js';

describe('user codes', () => {
  it.each([
    'BCDF-GHJK',
    'BCDFGHJK',
    'bcdf-ghjk',
    'bCdFgHjK',
    ' bcdf ghjk ',
    'BC-DF-GH-JK',
    'BCDF\u00a0GHJK',
    '\tbcdfghjk\n',
  ])('DV-01 reads %j as it was meant', (typed) => {
    expect(parseUserCode(typed)).toBe('BCDFGHJK');
  });

  it.each([
    '',
    'BCDF-GHJ',
    'BCDF-GHJKL',
    'BCDF-GHJA',
    'BCDF-GHJ1',
    'BCDF_GHJK',
    'ＢCDF-GHJK',
    `${' '.repeat(64)}BCDFGHJK`,
  ])('DV-01 takes %j for no code', (typed) => {
    expect(parseUserCode(typed)).toBeUndefined();
  });

  it('DV-01 has 20 letters, none of them a vowel or like a digit, and shows codes in two halves', () => {
    expect(new Set(USER_CODE_ALPHABET).size).toBe(20);
    expect(USER_CODE_ALPHABET).not.toMatch(/[AEIOUY0-9]/);
    expect(formatUserCode('BCDFGHJK')).toBe('BCDF-GHJK');
    expect(formatUserCode('BCDFGHJK').replace('-', '')).toHaveLength(USER_CODE_LENGTH);
  });
});
