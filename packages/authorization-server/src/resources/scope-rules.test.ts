import { expect, it } from 'vitest';
import { checkScopeName, findRepeatedScope, findScopeCircle } from './scope-rules.js';

it('TK-03 takes what is one scope-token, of 128 characters at most', () => {
  for (const name of ['a', 'files:read', 'x'.repeat(128)]) expect(checkScopeName(name)).toBeUndefined();
  for (const name of ['', 'notes read', 'a"b', 'a\\b', 'straße', 'x'.repeat(129)]) {
    expect(checkScopeName(name)).toBe('a scope has 1 to 128 printable ASCII characters without space, " and \\');
  }
  expect(checkScopeName('offline_access')).toMatch(/^offline_access is not a right/);
});

it('finds a scope that is there twice', () => {
  expect(findRepeatedScope([{ name: 'a' }, { name: 'b' }])).toBe(-1);
  expect(findRepeatedScope([{ name: 'a' }, { name: 'b' }, { name: 'a' }])).toBe(2);
});

it('finds a circle of implied scopes, and none where two ways lead to one scope', () => {
  const all = { name: 'all', implies: ['edit', 'write'] };
  const edit = { name: 'edit', implies: ['write'] };
  expect(findScopeCircle([all, edit, { name: 'write' }])).toBeUndefined();
  expect(findScopeCircle([all, edit, { name: 'write', implies: ['edit'] }])).toEqual(['edit', 'write', 'edit']);
  expect(findScopeCircle([{ name: 'a', implies: ['a'] }])).toEqual(['a', 'a']);
  expect(findScopeCircle([{ name: 'a', implies: ['elsewhere'] }])).toBeUndefined();
});
