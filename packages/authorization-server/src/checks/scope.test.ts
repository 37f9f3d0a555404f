import { describe, expect, it } from 'vitest';
import { checkRequestedScope } from './scope.js';

const resource = {
  identifier: 'https://gate.test/mcp',
  displayName: 'x',
  scopes: ['read', 'write', 'admin'].map((name) => ({ name, description: name })),
  defaultScopes: ['read', 'write'],
};
const unlimited = { scopes: undefined };

describe('checkRequestedScope', () => {
  it.each([
    [undefined, ['read', 'write']],
    ['offline_access', ['read', 'write']],
    ['read', ['read']],
    ['admin read offline_access', ['admin', 'read']],
    ['read openid nonsense', ['read']],
  ])('%j asks for %j', (scope, expected) => {
    expect(checkRequestedScope(scope, resource, unlimited)).toEqual({ ok: true, value: expected });
  });

  it.each([
    ['nonsense', 'scope_unknown'],
    ['openid', 'scope_unknown'],
    ['read  write', 'scope_malformed'],
    ['a"b', 'scope_malformed'],
  ])('refuses %j as %s', (scope, failure) => {
    expect(checkRequestedScope(scope, resource, unlimited)).toEqual({ ok: false, failure });
  });

  it('keeps a configured client within its own scopes', () => {
    const limited = { scopes: ['read'] };
    expect(checkRequestedScope(undefined, resource, limited)).toEqual({ ok: true, value: ['read'] });
    expect(checkRequestedScope('admin', resource, limited)).toEqual({ ok: false, failure: 'scope_unknown' });
  });
});
