import { describe, expect, it } from 'vitest';
import { factsOf, TRUSTED, verdictOn } from './testing/recorded-tokens.js';
import { zitadel } from './zitadel.js';

const { issuer, verification } = TRUSTED.zitadel;
const projectId = '201982826478953724';
const organization = '201982826478953700';
const organizationClaim = 'urn:zitadel:iam:user:resourceowner:id';

describe('zitadel', () => {
  it('says who calls, with the roles of this project alone', () => {
    const facts = {
      subject: '226313218193784064',
      clientId: '226298832504152321',
      scopes: ['openid', 'files:read', 'files:write'],
      permissions: ['editor'],
      tenantId: organization,
      accessTokenId: 'V2_226401-at_226402',
    };
    expect(factsOf('zitadel', 'accessToken')).toEqual(facts);
    expect(factsOf('zitadel', 'jwtToken')).toEqual(facts);
    expect(factsOf('zitadel', 'm2mToken')).toMatchObject({
      clientId: 'importer',
      permissions: [],
      tenantId: undefined,
    });
  });

  it.each([
    ['a list', ['admin']],
    ['a text', 'admin'],
    ['null', null],
  ])('takes no role from %s', (_, roles) => {
    const claim = `urn:zitadel:iam:org:project:${projectId}:roles`;
    expect(factsOf('zitadel', 'accessToken', { [claim]: roles }).permissions).toEqual([]);
  });

  it.each([
    ['RS-05 another project', 'wrong_audience', { aud: ['226298832504152321', '3'] }],
    ['RS-05 the client alone', 'wrong_audience', { aud: ['226298832504152321'] }],
    ['no client', 'claim_missing azp', { client_id: undefined }],
    ['the client by azp', 'accepted', { client_id: undefined, azp: '226298832504152321' }],
    ['no subject', 'claim_missing sub', { sub: undefined }],
    ['no jti', 'claim_missing jti', { jti: undefined }],
    ['RS-06 another instance', 'wrong_issuer', { iss: 'https://other.zitadel.cloud' }],
  ])('%s: %s', (_, verdict, claims) => {
    expect(verdictOn('zitadel', 'accessToken', claims)).toBe(verdict);
    expect(verdictOn('zitadel', 'jwtToken', claims)).toBe(verdict);
  });

  it('RS-03 refuses an ID token, which may well name the project', () => {
    expect(verdictOn('zitadel', 'idToken')).toBe('wrong_type');
    expect(verdictOn('zitadel', 'idToken', { nonce: undefined, at_hash: undefined })).toBe('wrong_type');
    expect(verdictOn('zitadel', 'idToken', { nonce: undefined, at_hash: undefined, amr: undefined })).toBe(
      'claim_missing jti',
    );
  });

  it.each([
    ['the organization', 'accepted', {}],
    ['TN-01 another organization', 'wrong_tenant', { [organizationClaim]: '9' }],
    ['TN-01 no organization', 'wrong_tenant', { [organizationClaim]: undefined }],
  ])('pinned to an organization, %s: %s', (_, verdict, claims) => {
    const pinned = zitadel({ issuer, projectId, verification, organizations: [organization] });
    expect(verdictOn(['zitadel', pinned], 'accessToken', claims)).toBe(verdict);
  });

  it.each([
    ['without a project', { issuer, verification }, /projectId/],
    ['with the URL as a project', { issuer, projectId: 'https://mcp.example.com/files', verification }, /projectId/],
    ['without saying how to verify', { issuer, projectId }, /verification/],
    ['without a client', { issuer, projectId, verification: { method: 'introspection' } }, /clientId/],
    [
      'without a secret',
      { issuer, projectId, verification: { method: 'introspection', clientId: 'x' } },
      /clientSecret/,
    ],
    ['with an issuer that has a path', { issuer: `${issuer}/oauth`, projectId, verification }, /zitadel.cloud/],
  ])('refuses to be made %s', (_, options, message) => {
    expect(() => zitadel(options as never)).toThrow(message);
    expect(() => zitadel(options as never)).toThrow(TypeError);
  });
});
