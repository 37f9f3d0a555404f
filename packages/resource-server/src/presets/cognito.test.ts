import { describe, expect, it } from 'vitest';
import { applyRules } from '../verification/apply-rules.js';
import { cognito } from './cognito.js';
import { factsOf, RESOURCE, recordedToken, verdictOn } from './testing/recorded-tokens.js';

const pool = { region: 'eu-central-1', userPoolId: 'eu-central-1_Ex4mpl3' };
const clients = ['1example23456789', '2example98765432'];
const weak = ['cognito', cognito({ ...pool, clients, recipientProof: 'resource_scopes' })] as const;

describe('cognito', () => {
  it('says who calls, with the scopes of the resource by their own names', () => {
    expect(factsOf('cognito', 'accessToken')).toEqual({
      subject: 'aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee',
      clientId: '1example23456789',
      scopes: ['files:read', 'files:write'],
      groups: ['editors'],
      accessTokenId: 'jti-cog-1',
      recipientProof: 'audience',
    });
    expect(factsOf('cognito', 'm2mToken')).toMatchObject({ subject: '2example98765432', scopes: ['files:write'] });
  });

  it('knows of no group where the claim is missing, and of nothing where it is no list', () => {
    expect(factsOf('cognito', 'accessToken', { 'cognito:groups': undefined }).groups).toEqual([]);
    expect(factsOf('cognito', 'accessToken', { 'cognito:groups': 'editors' }).groups).toBeUndefined();
  });

  it.each([
    ['RS-03 an ID token by its use', 'wrong_type', { token_use: 'id' }, {}],
    ['RS-03 no use', 'wrong_type', { token_use: undefined }, {}],
    ['RS-03 a typ', 'wrong_type', {}, { typ: 'JWT' }],
    ['RS-01 alg ES256', 'algorithm_not_allowed', {}, { alg: 'ES256' }],
    ['a client that is not listed', 'wrong_client', { client_id: '3example' }, {}],
    ['a client of a metadata document', 'wrong_client', { client_id: 'https://client.example.org/oauth.json' }, {}],
    ['no client', 'claim_missing client_id', { client_id: undefined }, {}],
    ['no subject', 'claim_missing sub', { sub: undefined }, {}],
    ['RS-05 not bound to a resource', 'wrong_audience', { aud: undefined }, {}],
    ['RS-05 bound to another resource', 'wrong_audience', { aud: 'https://mcp.example.com/mail' }, {}],
    [
      'RS-06 another pool',
      'wrong_issuer',
      { iss: 'https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other' },
      {},
    ],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('cognito', 'accessToken', claims, header)).toBe(verdict);
  });

  it.each([
    ['of another resource server', 'https://mcp.example.com/mail/read'],
    ['of a resource server below', `${RESOURCE}/sub/files:read`],
    ['of a resource server beside', `${RESOURCE}2/files:read`],
    ['of the own account', 'aws.cognito.signin.user.admin'],
    ['of the own account, as if it were one of the resource', `${RESOURCE}/aws.cognito.signin.user.admin`],
    ['of OpenID', 'openid'],
    ['without a name', `${RESOURCE}/`],
    ['without the identifier', 'files:read'],
  ])('counts no scope %s', (_, scope) => {
    expect(factsOf('cognito', 'accessToken', { scope }).scopes).toEqual([]);
    expect(verdictOn(weak, 'unboundToken', { scope })).toBe('wrong_audience');
  });

  it('takes scopes for a proof of the recipient only when it is told to, and says so', () => {
    expect(verdictOn('cognito', 'unboundToken')).toBe('wrong_audience');
    expect(factsOf(weak, 'unboundToken').scopes).toEqual(['files:read', 'files:write']);
    expect(weak[1].rules.recipientProof).toBe('resource_scopes');
    expect(cognito({ ...pool, clients }).rules.recipientProof).toBe('audience');
  });

  it('RS-05 does not call a token that names the resource weakly proven, though weak ones are taken', () => {
    const { issuer, rules } = weak[1];
    const times = { issuedAtEpochSeconds: 0, expiresAtEpochSeconds: 1 };
    const judge = (kind: string) =>
      applyRules(rules, recordedToken('cognito', kind).claims, { issuer, resource: RESOURCE }, times);
    expect(judge('accessToken')).toMatchObject({ value: { recipientProof: 'audience' } });
    expect(judge('unboundToken')).toMatchObject({ value: { recipientProof: 'resource_scopes' } });
  });

  it.each([
    ['of another resource', 'wrong_audience', { aud: 'https://mcp.example.com/mail' }],
    ['of an audience that is null', 'wrong_audience', { aud: null }],
    ['of a client that is not listed', 'wrong_client', { client_id: '3example' }],
    ['with scopes in an array', 'wrong_audience', { scope: [`${RESOURCE}/files:read`] }],
    ['without scopes', 'wrong_audience', { scope: undefined }],
  ])('takes no token %s by its scopes', (_, verdict, claims) => {
    expect(verdictOn(weak, 'unboundToken', claims)).toBe(verdict);
  });

  it('goes by the identifier of the resource server where it is not the URL', () => {
    const trusted = cognito({ ...pool, clients, resourceServerId: 'files-api', recipientProof: 'resource_scopes' });
    expect(factsOf(['cognito', trusted], 'unboundToken', { scope: 'files-api/read' }).scopes).toEqual(['read']);
    expect(verdictOn(['cognito', trusted], 'unboundToken')).toBe('wrong_audience');
  });

  it('has the issuer of its partition', () => {
    const china = cognito({ region: 'cn-north-1', userPoolId: 'cn-north-1_Ex4mpl3', clients });
    expect(china.issuer).toBe('https://cognito-idp.cn-north-1.amazonaws.com.cn/cn-north-1_Ex4mpl3');
  });

  it.each([
    ['without clients', { ...pool }, /clients/],
    ['with an empty list of clients', { ...pool, clients: [] }, /clients/],
    ['with a client that is no text', { ...pool, clients: [7] }, /clients/],
    ['without a region', { userPoolId: pool.userPoolId, clients }, /region/],
    ['with a region that is a host', { ...pool, region: 'evil.example/x', clients }, /region/],
    ['with a pool of another region', { ...pool, region: 'eu-west-1', clients }, /eu-west-1/],
    ['with a pool that is a path', { ...pool, userPoolId: 'eu-central-1_a/../b', clients }, /userPoolId/],
    ['with another proof', { ...pool, clients, recipientProof: 'none' }, /recipientProof/],
    ['with an empty resource server', { ...pool, clients, resourceServerId: '' }, /resourceServerId/],
  ])('refuses to be made %s', (_, options, message) => {
    expect(() => cognito(options as never)).toThrow(message);
    expect(() => cognito(options as never)).toThrow(TypeError);
  });
});
