import { describe, expect, it } from 'vitest';
import { tellScripts } from './look-alike-scripts.js';

describe('CB-04 the scripts of two names', () => {
  it.each([
    ['Example', 'Ex\u0430mple', 'its letters are Latin', 'it has letters of several scripts: Latin, Cyrillic'],
    ['G\u03bfogle', 'Google', 'it has letters of several scripts: Latin, Greek', 'its letters are Latin'],
    ['ace', '\u0430\u0441\u0435', 'its letters are Latin', 'its letters are Cyrillic'],
    ['\u13ac\u13a9', 'EY', 'its letters are Cherokee', 'its letters are Latin'],
    ['A\u0578', 'A\u0578 2', ...Array(2).fill('it has letters of several scripts: Latin, Armenian')],
  ])('CB-04 are told where they mix or differ: %s, %s', (was, is, ofWas, ofIs) => {
    expect(tellScripts(was, is)).toEqual({ was: ofWas, is: ofIs });
  });

  it.each([
    ['Weather Desk', 'Weather Desk Pro'],
    ['\u043f\u043e\u0433\u043e\u0434\u0430', '\u043f\u043e\u0433\u043e\u0434\u0430 2'],
    ['2048', 'Weather'],
    ['Weather', '\u5929\u6c17'],
    ['Weather', 'Weather \u5929\u6c17'],
  ])('CB-04 are not told where they are the same: %s, %s', (was, is) => {
    expect(tellScripts(was, is)).toEqual({});
  });
});
