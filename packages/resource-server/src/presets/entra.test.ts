import { describe, expect, it } from 'vitest';
import { entra, entraTenants } from './entra.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

const tenant = 'aaaabbbb-0000-cccc-1111-dddd2222eeee';
const otherTenant = 'bbbbcccc-1111-dddd-2222-eeee3333ffff';
const api = '00001111-aaaa-2222-bbbb-3333cccc4444';

describe('entra', () => {
  it('says who calls by tenant and object, with the roles as permissions', () => {
    expect(factsOf('entra', 'accessToken')).toEqual({
      subject: `${tenant}|22223333-cccc-4444-dddd-5555eeee6666`,
      clientId: '11112222-bbbb-3333-cccc-4444dddd5555',
      scopes: ['files:read', 'files:write'],
      permissions: ['Files.Editor'],
      groups: ['33334444-dddd-5555-eeee-6666ffff7777'],
      tenantId: tenant,
      accessTokenId: 'fqiBqXLPj0eQa82S-IYFAA',
    });
  });

  it('takes the roles of a program as its scopes', () => {
    expect(factsOf('entra', 'm2mToken')).toMatchObject({
      subject: `${tenant}|44445555-eeee-6666-ffff-7777aaaa8888`,
      scopes: ['files:write'],
      permissions: ['files:write'],
    });
  });

  it('knows nothing of groups where they are too many, whatever else the token says', () => {
    expect(factsOf('entra', 'overageToken').groups).toBeUndefined();
    expect(factsOf('entra', 'overageToken', { groups: ['a'] }).groups).toBeUndefined();
    expect(factsOf('entra', 'accessToken', { hasgroups: true }).groups).toBeUndefined();
    expect(factsOf('entra', 'accessToken', { groups: undefined }).groups).toBeUndefined();
  });

  it('RS-03 refuses the ID token, also where it names the API', () => {
    expect(verdictOn('entra', 'idToken')).toBe('wrong_type');
    expect(verdictOn('entra', 'idToken', { nonce: undefined, aud: api, azp: 'x' })).toBe('claim_missing scp');
  });

  it('refuses a token for Microsoft Graph by its header, before a key is looked for', () => {
    expect(verdictOn('entra', 'graphToken')).toBe('wrong_type');
    expect(verdictOn('entra', 'graphToken', { aud: api })).toBe('wrong_type');
    expect(verdictOn('entra', 'accessToken', {}, { nonce: 'x' })).toBe('wrong_type');
  });

  it.each([
    ['TN-01 another tenant', 'wrong_tenant', { tid: otherTenant }],
    ['TN-01 no tenant', 'wrong_tenant', { tid: undefined }],
    ['RS-06 the issuer of another tenant', 'wrong_issuer', { iss: TRUSTED.entra.issuer.replace(tenant, otherTenant) }],
    ['RS-06 the issuer of v1', 'wrong_issuer', { iss: `https://sts.windows.net/${tenant}/` }],
    ['RS-05 the URL of the resource', 'wrong_audience', { aud: RESOURCE }],
    ['RS-05 another API', 'wrong_audience', { aud: '00001111-aaaa-2222-bbbb-3333cccc4445' }],
    ['version 1.0', 'claim_malformed ver', { ver: '1.0' }],
    ['a version that is a number', 'claim_malformed ver', { ver: 2 }],
    ['no object', 'claim_missing oid', { oid: undefined }],
    ['no client', 'claim_missing azp', { azp: undefined }],
    ['an application of v1', 'claim_missing azp', { azp: undefined, appid: 'x' }],
    ['no scope', 'claim_missing scp', { scp: undefined }],
    ['an empty scope', 'claim_missing scp', { scp: '' }],
    ['roles alone', 'claim_missing scp', { scp: undefined, roles: ['files:write'] }],
    ['a program without roles', 'claim_missing scp', { scp: undefined, idtyp: 'app', roles: [] }],
    ['a program whose roles are no array', 'claim_missing scp', { scp: undefined, idtyp: 'app', roles: 'admin' }],
    ['a user token without scope', 'claim_missing scp', { scp: undefined, idtyp: 'user' }],
    ['RS-12 scopes as an array', 'claim_malformed scp', { scp: ['files:read'] }],
  ])('%s: %s', (_, verdict, claims) => {
    expect(verdictOn('entra', 'accessToken', claims)).toBe(verdict);
  });

  it('takes an Application ID URI where that is what the API is called', () => {
    const byUri = entra({ tenant, api: ['api://files', api] });
    expect(factsOf(['entra', byUri], 'accessToken', { aud: 'api://files' }).tenantId).toBe(tenant);
    expect(verdictOn(['entra', byUri], 'accessToken', { aud: 'api://mail' })).toBe('wrong_audience');
  });
});

describe('entra with v1.0 tokens', () => {
  const v1 = entra({ tenant, api: 'api://files', tokenVersion: '1.0' });

  it('takes them only where it was told to', () => {
    expect(verdictOn('entra', 'v1Token')).toBe('wrong_issuer');
    expect(factsOf(['entra', v1], 'v1Token')).toMatchObject({
      clientId: '11112222-bbbb-3333-cccc-4444dddd5555',
      scopes: ['files:read'],
    });
    expect(verdictOn(['entra', v1], 'v1Token', { ver: '2.0' })).toBe('claim_malformed ver');
    expect(verdictOn(['entra', v1], 'v1Token', { appid: undefined, azp: 'x' })).toBe('claim_missing appid');
  });

  it('has its keys at the host that they are at', () => {
    expect(v1.verification).toEqual({
      method: 'signature',
      jwksUri: `https://login.microsoftonline.com/${tenant}/discovery/keys`,
    });
  });
});

describe('the keys of entra (TN-03)', () => {
  const { issuer, rules } = TRUSTED.entra;

  it.each([
    ['of every tenant', 'https://login.microsoftonline.com/{tenantid}/v2.0', true],
    ['of this tenant', issuer, true],
    ['of another tenant', issuer.replace(tenant, otherTenant), false],
    ['of personal accounts', 'https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0', false],
    ['of another cloud', issuer.replace('.com', '.us'), false],
    ['of something that is no text', 7, false],
    ['of nobody in particular', undefined, true],
  ])('that are %s', (_, named, accepted) => {
    const jwk = JSON.parse(JSON.stringify({ kty: 'RSA', kid: 'k', issuer: named }));
    expect(rules.acceptsKey?.(jwk, issuer)).toBe(accepted);
  });
});

describe('entra of several tenants', () => {
  it('is an issuer for each, that takes no token of the other', () => {
    const both = entraTenants({ tenants: [tenant, otherTenant], api });
    expect(both.map(({ issuer }) => issuer)).toEqual([
      `https://login.microsoftonline.com/${tenant}/v2.0`,
      `https://login.microsoftonline.com/${otherTenant}/v2.0`,
    ]);
    const verdicts = both.map((trusted) =>
      verdictOn(['entra', { ...trusted, issuer: TRUSTED.entra.issuer }], 'accessToken'),
    );
    expect(verdicts).toEqual(['accepted', 'wrong_tenant']);
  });

  it.each([[[]], [[tenant, tenant]], [['common']]])('refuses %j', (tenants) => {
    expect(() => entraTenants({ tenants, api })).toThrow(TypeError);
  });
});

describe('entra refuses to be made', () => {
  it.each([
    ['for everybody', { tenant: 'common', api }, /GUID/],
    ['for all organizations', { tenant: 'organizations', api }, /GUID/],
    ['for personal accounts', { tenant: 'consumers', api }, /GUID/],
    ['for a domain name', { tenant: 'acme.onmicrosoft.com', api }, /GUID/],
    ['for a GUID in upper case', { tenant: tenant.toUpperCase(), api }, /lower case/],
    ['without a tenant', { api }, /`tenant` is missing/],
    ['without an API', { tenant }, /`api`/],
    ['with an empty list of APIs', { tenant, api: [] }, /`api`/],
    ['with another authority', { tenant, api, authority: 'https://evil.example' }, /authority/],
    ['with another version', { tenant, api, tokenVersion: '3.0' }, /tokenVersion/],
    [
      'for v1 in another cloud',
      { tenant, api, tokenVersion: '1.0', authority: 'https://login.microsoftonline.us' },
      /v1/,
    ],
  ])('%s', (_, options, message) => {
    expect(() => entra(options as never)).toThrow(message);
    expect(() => entra(options as never)).toThrow(TypeError);
  });
});
