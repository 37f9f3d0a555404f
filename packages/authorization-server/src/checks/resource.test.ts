import { expect, it } from 'vitest';
import { namesOnly } from './resource.js';

it('TK-03 lets a token request name the granted resource only', () => {
  const granted = 'https://gate.test/files/mcp';
  expect(namesOnly([], granted)).toBe(true);
  expect(namesOnly(['https://GATE.test/files/mcp'], granted)).toBe(true);
  expect(namesOnly(['https://gate.test/mail/mcp'], granted)).toBe(false);
  expect(namesOnly([granted, 'https://gate.test/mail/mcp'], granted)).toBe(false);
});
