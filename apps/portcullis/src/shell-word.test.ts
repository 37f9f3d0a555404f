import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { shellOperand, shellWord } from './shell-word.js';

/** The arguments that a real shell hands to a command. */
function argumentsOf(words: string): readonly string[] {
  const output = execFileSync('sh', ['-c', `printf '%s\\0' ${words}`], { encoding: 'utf8' });
  return output.split('\0').slice(0, -1);
}

const HOSTILE = [
  '',
  ' ',
  'my gate/data dir',
  "it's",
  "'",
  "'; echo canary; '",
  '"double"',
  '$HOME "$HOME" $((1+1)) $(echo canary) `echo canary`',
  'back\\slash\\',
  'a\nb',
  '*',
  '?[a-z]',
  '~',
  '~root',
  '{a,b}',
  '#comment',
  'a=b',
  '!!',
  'a;b&c|d<e>f(g)',
  'ünïcödé 🔑',
  'a%b\tc',
];

it('gives a shell every text back as one word, as it was', () => {
  expect(argumentsOf(HOSTILE.map(shellWord).join(' '))).toEqual(HOSTILE);
});

it('does so for any texts', () => {
  const text = fc.string({ unit: fc.oneof(fc.constantFrom(...'\'"\\$` \n*~!#;&|<>(){}[]=?^%'), fc.string()) });
  const texts = fc.array(
    text.filter((word) => !word.includes('\0')),
    { minLength: 40, maxLength: 60 },
  );
  fc.assert(
    fc.property(texts, (words) => {
      expect(argumentsOf(words.map(shellWord).join(' '))).toEqual(words);
    }),
    { numRuns: 20 },
  );
});

it('leaves alone what needs no quotes', () => {
  for (const text of ['/srv/gate/gate.yaml', 'https://gate.example.com:8443/mcp', 'a_b-c.d,e+f@g']) {
    expect(shellWord(text)).toBe(text);
  }
});

it('puts an operand that looks like an option behind the end of the options, and no other', () => {
  for (const text of ['-a b', '--', '--force']) expect(argumentsOf(shellOperand(text))).toEqual(['--', text]);
  for (const text of ['a-b', 'a b', '']) expect(argumentsOf(shellOperand(text))).toEqual([text]);
});
