import { describe, expect, it } from 'vitest';
import { auth0 } from './auth0.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

const { issuer } = TRUSTED.auth0;
const pinned = ['auth0', auth0({ issuer, organizations: ['org_9ybsU1dN2dKfDkBi'] })] as const;

describe('auth0', () => {
  it('says who calls; what the user may do stays apart from what the client was given', () => {
    expect(factsOf('auth0', 'accessToken')).toEqual({
      subject: 'auth0|64b1f0c2a7',
      clientId: 'my_client_id',
      scopes: ['openid', 'files:read', 'files:write'],
      permissions: ['files:read', 'files:write', 'files:delete'],
      tenantId: 'org_9ybsU1dN2dKfDkBi',
      accessTokenId: '73WakrfVbNJBaAmhQtEeDv',
    });
  });

  it('takes both token profiles, and programs', () => {
    expect(factsOf('auth0', 'defaultProfileToken')).toMatchObject({
      clientId: 'my_client_id',
      accessTokenId: undefined,
    });
    expect(factsOf('auth0', 'm2mToken')).toMatchObject({
      subject: 'm2m_client@clients',
      clientId: 'm2m_client',
      scopes: ['files:write'],
      tenantId: undefined,
    });
  });

  it.each([
    ['alg PS256', 'accepted', {}, { alg: 'PS256' }],
    ['RS-01 alg HS256', 'algorithm_not_allowed', {}, { alg: 'HS256' }],
    ['RS-03 no typ', 'wrong_type', {}, { typ: undefined }],
    ['RS-03 a nonce', 'wrong_type', { nonce: 'x' }, {}],
    ['RS-03 the hash of an access token', 'wrong_type', { at_hash: 'x' }, {}],
    ['RS-05 user info alone', 'wrong_audience', { aud: [`${issuer}userinfo`] }, {}],
    ['no client', 'claim_missing azp', { client_id: undefined }, {}],
    ['a client that is a list', 'claim_malformed client_id', { client_id: ['a'], azp: 'b' }, {}],
    ['no subject', 'claim_missing sub', { sub: undefined }, {}],
    ['RS-06 the issuer without its slash', 'wrong_issuer', { iss: issuer.slice(0, -1) }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('auth0', 'accessToken', claims, header)).toBe(verdict);
  });

  it('RS-03 refuses an ID token, also one without a nonce', () => {
    expect(verdictOn('auth0', 'idToken')).toBe('wrong_type');
    expect(verdictOn('auth0', 'idToken', { nonce: undefined })).toBe('wrong_audience');
    expect(verdictOn('auth0', 'idToken', { nonce: undefined, aud: RESOURCE })).toBe('claim_missing azp');
    expect(verdictOn('auth0', 'userInfoToken')).toBe('wrong_audience');
  });

  it.each([
    ['the organization', 'accepted', {}],
    ['TN-01 another organization', 'wrong_tenant', { org_id: 'org_other' }],
    ['TN-01 no organization', 'wrong_tenant', { org_id: undefined }],
    ['TN-01 a list of organizations', 'wrong_tenant', { org_id: ['org_9ybsU1dN2dKfDkBi'] }],
  ])('pinned to an organization, %s: %s', (_, verdict, claims) => {
    expect(verdictOn(pinned, 'accessToken', claims)).toBe(verdict);
  });

  it.each([['admin'], [{ admin: true }], [['admin', 7]]])('takes no permission from %j', (permissions) => {
    expect(factsOf('auth0', 'accessToken', { permissions }).permissions).toEqual([]);
  });

  it('refuses an issuer without its slash, and says what to write', () => {
    expect(() => auth0({ issuer: 'https://acme.eu.auth0.com' })).toThrow('https://TENANT.REGION.auth0.com/');
    expect(() => auth0({ issuer: 'https://acme.eu.auth0.com/x/' })).toThrow(TypeError);
    expect(() => auth0({ issuer, organizations: [] })).toThrow(/organizations/);
  });
});
