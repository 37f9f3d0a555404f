import { describe, expect, it } from 'vitest';
import { keycloak } from './keycloak.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

const { issuer } = TRUSTED.keycloak;

describe('keycloak', () => {
  it('says who calls, with the roles of the realm and of the clients', () => {
    expect(factsOf('keycloak', 'accessToken')).toEqual({
      subject: 'f3c8e1d2-0000-4000-8000-123456789abc',
      clientId: 'mcp-client',
      scopes: ['openid', 'files:read', 'files:write'],
      permissions: ['editor', 'offline_access', 'files-api:reviewer', 'account:manage-account'],
      groups: ['/staff'],
      tenantId: 'acme-inc',
      accessTokenId: 'onrtac:0a1b2c3d',
    });
    expect(factsOf('keycloak', 'm2mToken')).toMatchObject({
      clientId: 'batch',
      permissions: ['editor'],
      groups: undefined,
      tenantId: undefined,
    });
  });

  it('RS-03 tells the kinds of tokens apart by their payload', () => {
    expect(verdictOn('keycloak', 'idToken', { aud: RESOURCE })).toBe('wrong_type');
    expect(verdictOn('keycloak', 'refreshToken')).toBe('algorithm_not_allowed');
    expect(verdictOn('keycloak', 'refreshToken', { aud: RESOURCE }, { alg: 'RS256' })).toBe('wrong_type');
    expect(verdictOn('keycloak', 'accountToken')).toBe('wrong_audience');
  });

  it('PD-04 takes typ DPoP for the token of the key that it names, and for nothing where it names none', () => {
    expect(factsOf('keycloak', 'dpopToken').proofKey).toBe('0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
    expect(verdictOn('keycloak', 'dpopToken', { cnf: undefined })).toBe('wrong_type');
    expect(verdictOn('keycloak', 'dpopToken', { typ: ['DPoP'] })).toBe('wrong_type');
  });

  it.each([
    ['RS-03 typ ID', 'wrong_type', { typ: 'ID' }],
    ['RS-03 typ Offline', 'wrong_type', { typ: 'Offline' }],
    ['RS-03 typ in other case', 'wrong_type', { typ: 'bearer' }],
    ['RS-03 no typ', 'wrong_type', { typ: undefined }],
    ['RS-03 DPoP without a key', 'wrong_type', { typ: 'DPoP' }],
    ['no client', 'claim_missing azp', { azp: undefined }],
    ['no subject', 'claim_missing sub', { sub: undefined }],
    ['RS-05 the resource alone', 'accepted', { aud: RESOURCE }],
    ['RS-06 another realm', 'wrong_issuer', { iss: 'https://sso.example.com/realms/other' }],
  ])('%s: %s', (_, verdict, claims) => {
    expect(verdictOn('keycloak', 'accessToken', claims)).toBe(verdict);
  });

  it('leaves out roles whose names could be those of a client', () => {
    const facts = factsOf('keycloak', 'accessToken', {
      realm_access: { roles: ['editor', 'files-api:admin'] },
      resource_access: { 'files-api:x': { roles: ['admin'] }, 'files-api': { roles: ['x:admin'] } },
    });
    expect(facts.permissions).toEqual(['editor', 'files-api:x:admin']);
  });

  it('takes the roles of the clients that it is told, and of no other', () => {
    const trusted = keycloak({ issuer, rolesOf: [RESOURCE] });
    const resource_access = { [RESOURCE]: { roles: ['admin'] }, account: { roles: ['manage-account'] } };
    expect(factsOf(['keycloak', trusted], 'accessToken', { resource_access }).permissions).toEqual([
      'editor',
      'offline_access',
      `${RESOURCE}:admin`,
    ]);
  });

  it.each([
    ['texts', { realm_access: 'admin', resource_access: 'admin' }],
    ['arrays', { realm_access: ['admin'], resource_access: [['admin']] }],
    ['roles that are no list', { realm_access: { roles: 'admin' }, resource_access: { a: { roles: 'admin' } } }],
    [
      'a list with a number',
      { realm_access: { roles: ['admin', 7] }, resource_access: { a: { roles: ['admin', 7] } } },
    ],
    ['null', { realm_access: null, resource_access: { a: null } }],
  ])('takes no role from %s', (_, claims) => {
    expect(factsOf('keycloak', 'accessToken', claims).permissions).toEqual([]);
  });

  it.each([
    ['a map', { acme: { id: '42' } }, 'acme'],
    ['a map of two', { acme: {}, other: {} }, undefined],
    ['a list of two', ['acme', 'other'], undefined],
    ['an empty list', [], undefined],
    ['a text', 'acme', undefined],
    ['a map without a name', { '': {} }, undefined],
  ])('TN-01 takes the tenant from %s', (_, organization, tenantId) => {
    expect(factsOf('keycloak', 'accessToken', { organization }).tenantId).toBe(tenantId);
  });

  it.each(['https://sso.example.com', 'https://sso.example.com/realms/', 'https://sso.example.com/realms/acme/'])(
    'refuses to trust %s',
    (text) => {
      expect(() => keycloak({ issuer: text })).toThrow('https://HOST/realms/REALM');
    },
  );

  it('trusts a realm below a path', () => {
    expect(keycloak({ issuer: 'https://sso.example.com/auth/realms/acme' }).issuer).toMatch(/auth/);
    expect(() => keycloak({ issuer, rolesOf: [] })).toThrow(/rolesOf/);
  });
});
