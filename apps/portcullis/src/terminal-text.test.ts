import { expect, it } from 'vitest';
import { terminalText } from './terminal-text.js';

it.each([
  ['controls and line ends', 'a\u001b[2J\u0007\r\nb\u009b\u2028c', 'a[2Jbc'],
  ['what turns text around', 'a\u202e\u2066\u200f\u061cb', 'ab'],
  ['deprecated format characters', 'a\u206a\u206b\u206c\u206d\u206e\u206fb', 'ab'],
  ['tags, in which words can be hidden', `a${String.fromCodePoint(0xe0001, 0xe0020, 0xe0041, 0xe007f)}b`, 'ab'],
  ['nothing of what can be seen', 'Müller 漢 🏰', 'Müller 漢 🏰'],
])('CX-03 takes out %s', (_what, text, shown) => {
  expect(terminalText(text)).toBe(shown);
});

it('cuts no character in half', () => {
  expect(terminalText('🏰'.repeat(3), 4)).toBe('🏰…');
});
