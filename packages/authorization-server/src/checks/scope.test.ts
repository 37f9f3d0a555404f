import { describe, expect, it } from 'vitest';
import { checkClientScope, checkExchangedScope, checkRefreshedScope, checkRequestedScope } from './scope.js';

const resource = {
  identifier: 'https://gate.test/mcp',
  displayName: 'x',
  scopes: ['read', 'write', 'admin'].map((name) => ({ name, description: name })),
  defaultScopes: ['read', 'write'],
};
const unlimited = { scopes: undefined };
/** As the scopes are that a server has for which none are configured: `all` is no default, and contains two that are. */
const layered = {
  ...resource,
  scopes: [
    ...resource.scopes,
    { name: 'edit', description: '', implies: ['write'] },
    { name: 'all', description: '', implies: ['read', 'edit'] },
  ],
};

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

  it.each([
    [undefined, ['all'], ['read', 'write']],
    ['edit write admin', ['all'], ['edit', 'write']],
    [undefined, ['edit'], ['write']],
    ['edit write', ['write'], ['write']],
  ])(
    '%j of a client with %j asks for %j: what its scopes contain it may have, and not the other way',
    (scope, scopes, expected) => {
      expect(checkRequestedScope(scope, layered, { scopes })).toEqual({ ok: true, value: expected });
    },
  );
});

describe('checkRefreshedScope', () => {
  const granted = ['read', 'write'];
  it.each([
    [undefined, granted],
    [['offline_access'], granted],
    [['write', 'offline_access'], ['write']],
    [['openid', 'write', 'offline_access', 'READ'], ['write']],
  ])('%j of a grant is %j', (requested, expected) => {
    expect(checkRefreshedScope(requested, granted, resource, unlimited)).toEqual({ ok: true, value: expected });
  });

  it.each([
    [['admin'], unlimited, 'scope_beyond_grant'],
    [['read', 'openid', 'admin'], unlimited, 'scope_beyond_grant'],
    [['openid', 'offline_access'], unlimited, 'scope_unknown'],
    [undefined, { scopes: ['admin'] }, 'scope_gone'],
    [['write'], { scopes: ['read'] }, 'scope_gone'],
  ])('TK-03 refuses %j for a client limited to %j as %s', (requested, client, failure) => {
    expect(checkRefreshedScope(requested, granted, resource, client)).toEqual({ ok: false, failure });
  });
});

describe('checkRefreshedScope where scopes contain others', () => {
  it.each([
    [['read'], ['all'], ['read']],
    [['write', 'edit'], ['all'], ['write', 'edit']],
    [undefined, ['all'], ['all']],
    [['write'], ['edit', 'read'], ['write']],
  ])('TK-03 %j of a grant of %j is %j', (requested, granted, expected) => {
    expect(checkRefreshedScope(requested, granted, layered, unlimited)).toEqual({ ok: true, value: expected });
  });

  it.each([
    [['all'], ['read', 'edit'], 'scope_beyond_grant'],
    [['write', 'read'], ['edit'], 'scope_beyond_grant'],
    [['old'], ['old'], 'scope_gone'],
    [['old'], ['all'], 'scope_unknown'],
  ])('TK-03 refuses %j of a grant of %j as %s', (requested, granted, failure) => {
    expect(checkRefreshedScope(requested, granted, layered, unlimited)).toEqual({ ok: false, failure });
  });
});

describe('checkClientScope', () => {
  const limited = { scopes: ['read', 'elsewhere'] };
  it.each([
    [undefined, unlimited, ['read', 'write']],
    [['offline_access'], unlimited, ['read', 'write']],
    [['admin', 'nonsense'], unlimited, ['admin']],
    [undefined, limited, ['read']],
    [['read', 'elsewhere', 'offline_access'], limited, ['read']],
  ])('%j of a client limited to %j is %j', (requested, client, expected) => {
    expect(checkClientScope(requested, resource, client)).toEqual({ ok: true, value: expected });
  });

  it.each([
    [undefined, ['all'], ['read', 'write']],
    [['write', 'edit'], ['all'], ['write', 'edit']],
    [['write'], ['edit'], ['write']],
  ])('XG-07 %j is within the %j of a client that contain it', (requested, scopes, expected) => {
    expect(checkClientScope(requested, layered, { scopes })).toEqual({ ok: true, value: expected });
  });

  it('XG-07 refuses a scope that contains those of a client', () => {
    const parts = { scopes: ['read', 'write', 'edit'] };
    expect(checkClientScope(['all'], layered, parts)).toEqual({ ok: false, failure: 'scope_beyond_registration' });
  });

  it.each([
    [['nonsense'], unlimited, 'scope_unknown'],
    [['elsewhere'], limited, 'scope_unknown'],
    [undefined, { scopes: ['admin'] }, 'scope_unknown'],
    [['read', 'write'], limited, 'scope_beyond_registration'],
    [['read', 'nonsense'], limited, 'scope_beyond_registration'],
  ])('XG-07 refuses %j for a client limited to %j as %s', (requested, client, failure) => {
    expect(checkClientScope(requested, resource, client)).toEqual({ ok: false, failure });
  });
});

describe('checkExchangedScope', () => {
  it.each([
    [undefined, ['read', 'write'], unlimited, ['read', 'write']],
    [['offline_access'], ['read'], unlimited, ['read']],
    [['read', 'offline_access'], ['read', 'write'], unlimited, ['read']],
    [undefined, ['read', 'elsewhere'], unlimited, ['read']],
    [['read', 'elsewhere'], ['read', 'elsewhere'], unlimited, ['read']],
    [undefined, ['read', 'write'], { scopes: ['write', 'admin'] }, ['write']],
  ])('XG-06 %j of a token with %j is for a client limited to %j: %j', (requested, ofSubject, client, expected) => {
    expect(checkExchangedScope(requested, ofSubject, resource, client)).toEqual({ ok: true, value: expected });
  });

  it.each([
    [['write'], ['all'], unlimited, ['write']],
    [undefined, ['all'], { scopes: ['all'] }, ['all']],
    [['write'], ['edit'], { scopes: ['all'] }, ['write']],
  ])('XG-06 goes by the hierarchy of the target: %j of %j', (requested, ofSubject, client, expected) => {
    expect(checkExchangedScope(requested, ofSubject, layered, client)).toEqual({ ok: true, value: expected });
  });

  it.each([
    [['admin'], ['read'], unlimited, 'scope_beyond_subject'],
    [['read', 'nonsense'], ['read'], unlimited, 'scope_beyond_subject'],
    [['all'], ['read', 'edit', 'write'], unlimited, 'scope_beyond_subject'],
    [['read', 'write'], ['read', 'write'], { scopes: ['read'] }, 'scope_beyond_registration'],
    [undefined, ['elsewhere'], unlimited, 'scope_unknown'],
    [['elsewhere'], ['elsewhere'], unlimited, 'scope_unknown'],
    [undefined, ['read'], { scopes: ['write'] }, 'scope_unknown'],
    [undefined, ['all'], { scopes: ['read'] }, 'scope_unknown'],
  ])('XG-06 refuses %j of %j for a client limited to %j as %s', (requested, ofSubject, client, failure) => {
    expect(checkExchangedScope(requested, ofSubject, layered, client)).toEqual({ ok: false, failure });
  });
});
