import { describe, expect, it } from 'vitest';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';
import { workos } from './workos.js';

const { issuer } = TRUSTED.workos;
const organization = 'org_01HRDMC6CM357W30QMHMQ96Q0S';

describe('workos', () => {
  it('says who calls; the organization is the tenant', () => {
    expect(factsOf('workos', 'accessToken')).toEqual({
      subject: 'user_01HXYZ',
      clientId: 'client_01JAPP',
      scopes: ['openid', 'files:read', 'files:write'],
      permissions: [],
      groups: undefined,
      tenantId: organization,
      accessTokenId: '01HWJ',
    });
  });

  it('reads the permissions that a template put into the token', () => {
    expect(factsOf('workos', 'accessToken', { permissions: ['files:delete'] }).permissions).toEqual(['files:delete']);
    expect(factsOf('workos', 'accessToken', { permissions: 'files:delete' }).permissions).toEqual([]);
  });

  it.each([
    ['RS-05 the environment', 'wrong_audience', { aud: 'client_01JENVIRONMENT' }],
    ['RS-05 the environment beside the resource', 'wrong_audience', { aud: ['client_01JENVIRONMENT', RESOURCE] }],
    ['RS-05 the resource in a list', 'accepted', { aud: [RESOURCE] }],
    ['RS-03 a nonce', 'wrong_type', { nonce: 'x' }],
    ['no client', 'claim_missing client_id', { client_id: undefined }],
    ['no subject', 'claim_missing sub', { sub: undefined }],
    ['no jti', 'claim_missing jti', { jti: undefined }],
    ['RS-06 the API of WorkOS', 'wrong_issuer', { iss: 'https://api.workos.com' }],
  ])('%s: %s', (_, verdict, claims) => {
    expect(verdictOn('workos', 'accessToken', claims)).toBe(verdict);
  });

  it('refuses programs, whose tokens are always for the environment', () => {
    expect(verdictOn('workos', 'm2mToken')).toBe('wrong_audience');
  });

  it.each([
    ['the organization', 'accepted', {}],
    ['TN-01 another organization', 'wrong_tenant', { org_id: 'org_other' }],
    ['TN-01 no organization', 'wrong_tenant', { org_id: undefined }],
  ])('pinned to an organization, %s: %s', (_, verdict, claims) => {
    const pinned = workos({ issuer, organizations: [organization] });
    expect(verdictOn(['workos', pinned], 'accessToken', claims)).toBe(verdict);
  });

  it('RS-01, RS-03 takes RS256 and the types of access tokens', () => {
    expect(verdictOn('workos', 'accessToken', {}, { alg: 'HS256' })).toBe('algorithm_not_allowed');
    expect(verdictOn('workos', 'accessToken', {}, { typ: 'secevent+jwt' })).toBe('wrong_type');
    expect(verdictOn('workos', 'accessToken', {}, { typ: 'at+jwt' })).toBe('accepted');
  });

  it('refuses an issuer with a path, and an empty list of organizations', () => {
    expect(() => workos({ issuer: 'https://api.workos.com/user_management/client_1' })).toThrow('authkit.app');
    expect(() => workos({ issuer, organizations: [] })).toThrow(/organizations/);
  });
});
