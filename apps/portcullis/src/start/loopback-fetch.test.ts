import { expect, it } from 'vitest';
import { ProgramError } from '../program-error.js';
import { allowsLoopbackFetch } from './loopback-fetch.js';

const VARIABLE = 'PORTCULLIS_DANGEROUSLY_ALLOW_LOOPBACK_FETCH';

it.each([undefined, '', '0'])('N1 is off with %j', (value) => {
  expect(allowsLoopbackFetch({ [VARIABLE]: value }, 'https://gate.example.com')).toBe(false);
});

it.each(['http://127.0.0.1:8808', 'http://localhost:1', 'https://[::1]:8443'])('N1 is on for a gate at %s', (url) => {
  expect(allowsLoopbackFetch({ [VARIABLE]: '1' }, url)).toBe(true);
});

it.each([
  ['1', 'https://gate.example.com', 'the gate is reached at https://gate.example.com'],
  ['1', 'https://127.0.0.1.example.com', 'for tests on loopback alone'],
  ['true', 'http://127.0.0.1:8808', 'is 1, or not set'],
])('N1 is refused with %s at %s', (value, url, words) => {
  const attempt = (): boolean => allowsLoopbackFetch({ [VARIABLE]: value }, url);
  expect(attempt).toThrow(ProgramError);
  expect(attempt).toThrow(words);
});
