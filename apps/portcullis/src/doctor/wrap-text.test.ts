import { describe, expect, it } from 'vitest';
import { wrapText } from './wrap-text.js';

describe('wrapText', () => {
  it('breaks at spaces, within the width, and indents what follows', () => {
    const wrapped = wrapText('one two three four five six seven', 24, '    ');
    expect(wrapped).toBe('one two three four\n    five six seven');
  });

  it('leaves a word whole that is longer than a line: an address has to be copied', () => {
    const address = `https://login.example.com/${'x'.repeat(60)}`;
    expect(wrapText(`at ${address} now`, 40, '  ')).toBe(`at\n  ${address}\n  now`);
  });

  it('leaves what is short, and nothing, as it is', () => {
    expect(wrapText('short', 80, '  ')).toBe('short');
    expect(wrapText('', 80, '  ')).toBe('');
  });
});
