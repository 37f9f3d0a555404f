import { describe, expect, it } from 'vitest';
import { isCodeChallenge, isCodeVerifier } from './pkce.js';

describe('PKCE syntax', () => {
  it.each([
    [`${'a'.repeat(42)}g`, true],
    ['-_'.padEnd(43, '8'), true],
    [`${'a'.repeat(42)}h`, false],
    [`${'a'.repeat(42)}9`, false],
    ['a'.repeat(42), false],
    ['a'.repeat(44), false],
    ['a'.repeat(129), false],
    [`${'a'.repeat(42)}+`, false],
    [`${'a'.repeat(42)}=`, false],
    [`${'a'.repeat(43)}\n`, false],
  ])('AZ-01 challenge %j: %s', (text, expected) => {
    expect(isCodeChallenge(text)).toBe(expected);
  });

  it.each([
    ['a'.repeat(43), true],
    ['~._-'.padEnd(128, 'Z'), true],
    ['a'.repeat(42), false],
    ['a'.repeat(129), false],
    [`${'a'.repeat(43)} `, false],
    [`${'a'.repeat(43)}\n`, false],
  ])('AZ-02 verifier %j: %s', (text, expected) => {
    expect(isCodeVerifier(text)).toBe(expected);
  });
});
