import { expect, it } from 'vitest';
import { wordsOfServer } from './words-of-server.js';

it.each([
  ['Authorization requests have to be pushed.', 'Authorization requests have to be pushed.'],
  ['\u001b[2J\u001b]8;;http://evil.example\u0007 say "yes"\r\n\u202e', "[2J ]8;;http://evil.example say 'yes'"],
  ['x'.repeat(10_000), `${'x'.repeat(197)}...`],
  [' \n ', undefined],
  [null, undefined],
])('CX-03 what a server says is one short plain line: case %#', (description, words) => {
  expect(wordsOfServer(description)).toBe(words);
});
