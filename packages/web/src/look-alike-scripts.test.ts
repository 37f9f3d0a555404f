import { describe, expect, it } from 'vitest';
import { tellScripts } from './look-alike-scripts.js';

describe('CB-04 the scripts of two names', () => {
  it.each([
    ['Example', 'Ex\u0430mple', 'its letters are Latin', 'it has letters of several scripts: Latin, Cyrillic'],
    ['G\u03bfogle', 'Google', 'it has letters of several scripts: Latin, Greek', 'its letters are Latin'],
    ['ace', '\u0430\u0441\u0435', 'its letters are Latin', 'its letters are Cyrillic'],
    ['\u13ac\u13a9', 'EY', 'its letters are Cherokee', 'its letters are Latin'],
    ['apple', '\ua4eepple', 'its letters are Latin', 'it has letters of several scripts: Latin, Lisu'],
    ['APPLE', '\ua4ee\ua4d1\ua4d1\ua4e1\ua4f0', 'its letters are Latin', 'its letters are Lisu'],
    ['Deseret', '\u{10404}', 'its letters are Latin', 'its letters are of another script'],
    ['a', 'a\u{10404}', 'its letters are Latin', 'it has letters of several scripts: Latin, another'],
    ['A\u0578', 'A\u0578 2', ...Array(2).fill('it has letters of several scripts: Latin, Armenian')],
  ])('CB-04 are told where they mix or differ: %s, %s', (was, is, ofWas, ofIs) => {
    expect(tellScripts(was, is)).toEqual({ was: ofWas, is: ofIs });
  });

  it.each([
    ['mathematical', '\u{1d406}\u{1d428}\u{1d428}\u{1d420}\u{1d425}\u{1d41e}'],
    ['full-width', '\uff27oogle'],
    ['circled', '\u24bcoogle'],
    ['a ligature of', '\ufb01rst'],
  ])('CB-04 are told of letters that are %s ones', (_kind, is) => {
    expect(tellScripts('Google', is)).toEqual({ is: 'it has symbols that look like letters' });
    expect(tellScripts(is, is)).toEqual(expect.objectContaining({ was: 'it has symbols that look like letters' }));
  });

  it('CB-04 are told both of one name', () => {
    expect(tellScripts('Google', '\u{1d406}\u03bfogle').is).toBe(
      'it has letters of several scripts: Latin, Greek; it has symbols that look like letters',
    );
  });

  it.each([
    ['Weather Desk', 'Weather Desk Pro'],
    ['Café Müller', 'Cafe\u0301 Mu\u0308ller 2'],
    ['Weather', 'Weather\u2122 24\u2103 m\u00b2'],
    ['\u30b3\u30fc\u30d2\u30fc', '\uff7a\uff70\uff8b\uff70 App'],
    ['\ud55c\uad6d App', '\u3105\u3106 App'],
    ['\u043f\u043e\u0433\u043e\u0434\u0430', '\u043f\u043e\u0433\u043e\u0434\u0430 2'],
    ['2048', 'Weather'],
    ['Weather', '\u5929\u6c17'],
    ['Weather', 'Weather \u5929\u6c17'],
  ])('CB-04 are not told where they are the same: %s, %s', (was, is) => {
    expect(tellScripts(was, is)).toEqual({});
  });
});
