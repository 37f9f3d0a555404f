import { describe, expect, it } from 'vitest';
import { portcullis } from './portcullis.js';
import { factsOf, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

describe('portcullis', () => {
  it('tells the tenant, and the grant that revocations are told by', () => {
    expect(factsOf('portcullis', 'accessToken')).toEqual({
      subject: 'usr_01H8',
      clientId: 'cli_4kd9',
      scopes: ['files:read', 'files:write'],
      permissions: [],
      groups: undefined,
      tenantId: 'acme',
      grantId: 'grt_55c2',
      accessTokenId: 'p0Yq3vYtX1cQm8s2',
    });
    expect(factsOf('portcullis', 'm2mToken').clientId).toBe('cli_batch');
  });

  it.each([
    ['TN-01 of another tenant', 'wrong_tenant', { tenant_id: 'other' }, {}],
    ['TN-01 of a tenant in other case', 'wrong_tenant', { tenant_id: 'ACME' }, {}],
    ['TN-01 of no tenant', 'claim_missing tenant_id', { tenant_id: undefined }, {}],
    ['TN-01 of two tenants', 'claim_malformed tenant_id', { tenant_id: ['acme'] }, {}],
    ['RS-03 typ JWT', 'wrong_type', {}, { typ: 'JWT' }],
    ['RS-01 alg RS256', 'algorithm_not_allowed', {}, { alg: 'RS256' }],
    ['RS-04 no jti', 'claim_missing jti', { jti: undefined }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('portcullis', 'accessToken', claims, header)).toBe(verdict);
  });

  it('takes the tenant that the token names where none is configured', () => {
    const any = portcullis({ issuer: TRUSTED.portcullis.issuer });
    expect(factsOf(['portcullis', any], 'accessToken', { tenant_id: 'other' }).tenantId).toBe('other');
  });

  it('refuses a tenant without a name', () => {
    expect(() => portcullis({ issuer: 'https://auth.example.com', tenantId: '' })).toThrow(/tenantId/);
  });
});
