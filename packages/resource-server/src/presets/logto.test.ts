import { describe, expect, it } from 'vitest';
import { logto } from './logto.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

const { issuer } = TRUSTED.logto;

describe('logto', () => {
  it('says who calls; the organization is the tenant', () => {
    expect(factsOf('logto', 'accessToken')).toEqual({
      subject: 'lguser12abcd',
      clientId: 'lgapp34efgh',
      scopes: ['files:read', 'files:write'],
      permissions: [],
      groups: undefined,
      tenantId: 'org5acme1234',
      accessTokenId: 'lg-jti-1',
    });
    expect(factsOf('logto', 'm2mToken')).toMatchObject({ subject: 'lgm2m56ijkl', tenantId: undefined });
  });

  it('RS-05 refuses a token for an organization, and nothing besides', () => {
    expect(verdictOn('logto', 'organizationToken')).toBe('wrong_audience');
  });

  it.each([
    ['alg RS256', 'accepted', {}, { alg: 'RS256' }],
    ['RS-01 alg ES256', 'algorithm_not_allowed', {}, { alg: 'ES256' }],
    ['RS-03 typ JWT', 'wrong_type', {}, { typ: 'JWT' }],
    ['RS-03 no typ', 'wrong_type', {}, { typ: undefined }],
    ['no client', 'claim_missing client_id', { client_id: undefined }, {}],
    ['no jti', 'claim_missing jti', { jti: undefined }, {}],
    ['no subject', 'claim_missing sub', { sub: undefined }, {}],
    ['RS-06 without /oidc', 'wrong_issuer', { iss: 'https://acme.logto.app' }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('logto', 'accessToken', claims, header)).toBe(verdict);
  });

  it('RS-03 refuses an ID token that names the resource', () => {
    expect(verdictOn('logto', 'idToken', { aud: RESOURCE })).toBe('wrong_type');
  });

  it.each([
    ['the organization', 'accepted', {}],
    ['TN-01 another organization', 'wrong_tenant', { organization_id: 'org5other' }],
    ['TN-01 no organization', 'wrong_tenant', { organization_id: undefined }],
    ['TN-01 membership alone', 'wrong_tenant', { organization_id: undefined, organizations: ['org5acme1234'] }],
  ])('pinned to an organization, %s: %s', (_, verdict, claims) => {
    const pinned = logto({ issuer, organizations: ['org5acme1234'] });
    expect(verdictOn(['logto', pinned], 'accessToken', claims)).toBe(verdict);
  });

  it.each(['https://acme.logto.app', 'https://acme.logto.app/oidc/'])('refuses to trust %s', (text) => {
    expect(() => logto({ issuer: text })).toThrow('https://TENANT.logto.app/oidc');
  });
});
