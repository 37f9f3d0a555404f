import { describe, expect, it } from 'vitest';
import { displayText } from './display-text.js';

describe('displayText', () => {
  it.each([
    ['right-to-left override', 'evil\u202Egpj.exe', 'evilgpj.exe'],
    ['bidi embeddings and isolates', '\u202A\u202B\u202C\u202D\u2066a\u2067\u2068\u2069b', 'ab'],
    ['direction marks', '\u200Ea\u200F\u061Cb', 'ab'],
    ['zero-width characters', 'Goo\u200Bg\u200Cl\u200De\uFEFF\u2060', 'Google'],
    ['soft hyphens and fillers', 'a\u00AD\u115F\u3164\u034Fb', 'ab'],
    ['tag characters', `a${String.fromCodePoint(0xe0041)}b`, 'ab'],
    ['controls', 'a\u0000\u0007\u001B\u009Fb', 'ab'],
    ['a lone surrogate', 'a\uD800b', 'ab'],
    ['line ends of every kind', 'a\r\nb\u2028c\u2029d\u0085e\tf', 'a b c d e f'],
    ['white space around and between', '  a \u00A0 \u3000 b ', 'a b'],
    ['nothing visible', '\u200B\u202E \u0000', ''],
  ])('CB-04 removes %s', (_what, text, shown) => {
    expect(displayText(text)).toBe(shown);
  });

  it('CB-04 shows at most 64 code points of 300 characters, and says that it cut', () => {
    const shown = displayText('n'.repeat(300));
    expect(Array.from(shown)).toHaveLength(64);
    expect(shown.endsWith('n…')).toBe(true);
  });

  it('keeps a text of exactly the allowed length', () => {
    expect(displayText('n'.repeat(64))).toBe('n'.repeat(64));
  });

  it('does not cut a character in half', () => {
    expect(displayText('🏰'.repeat(10), 4)).toBe('🏰🏰🏰…');
  });

  it('CB-04 takes down towers of accents', () => {
    // The first accent joins its letter; three more may stand on it.
    expect(displayText(`a${'\u0301'.repeat(50)}b`)).toBe(`\u00e1${'\u0301'.repeat(3)}b`);
  });

  it('leaves names of any language as they are', () => {
    for (const name of ['Müller & Söhne', '天気デスク', 'مكتب الطقس', 'हिन्दी', 'Tiếng Việt']) {
      expect(displayText(name)).toBe(name);
    }
  });
});

it.each([
  ['Claude Code', 'Claude Code'],
  ['a\u202Eb\u2066c\u200Bd\u200Fe\uFEFFf', 'abcdef'],
  ['  a \u2028 b  ', 'a b'],
  ['<img src=x onerror=alert(1)>', '<img src=x onerror=alert(1)>'],
  ['\u{E0041}\u3164', ''],
])('CB-04 shows %j as %j', (text, expected) => {
  expect(displayText(text)).toBe(expected);
});
