import { describe, expect, it } from 'vitest';
import { authentik } from './authentik.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

const { issuer } = TRUSTED.authentik;
const clientId = 'KJ2h4kjh23k4jhk23jh4';

describe('authentik', () => {
  it('says who calls; the provider is the client', () => {
    expect(factsOf('authentik', 'accessToken')).toEqual({
      subject: '9c1b-hashed-user-id',
      clientId,
      scopes: ['openid', 'profile', 'files:read'],
      groups: ['authentik Admins', 'editors'],
      accessTokenId: 'mTq8wJcYhAYx3kN2',
    });
    expect(factsOf('authentik', 'm2mToken').groups).toBeUndefined();
    expect(factsOf('authentik', 'accessToken', { jti: 'j1' }).accessTokenId).toBe('j1');
  });

  it('RS-03 refuses an ID token, which has the same audience', () => {
    expect(verdictOn('authentik', 'idToken')).toBe('wrong_type');
    expect(verdictOn('authentik', 'idToken', { at_hash: undefined })).toBe('claim_missing azp');
    expect(verdictOn('authentik', 'idToken', { at_hash: undefined, azp: clientId })).toBe('claim_missing uid');
  });

  it.each([
    ['alg ES256', 'accepted', {}, { alg: 'ES256' }],
    ['RS-01 signed with the client secret', 'algorithm_not_allowed', {}, { alg: 'HS256' }],
    ['RS-03 no typ', 'wrong_type', {}, { typ: undefined }],
    ['RS-03 the hash of a code', 'wrong_type', { c_hash: 'x' }, {}],
    ['RS-05 another provider', 'wrong_audience', { aud: 'another-client' }, {}],
    ['RS-05 the URL of the resource', 'wrong_audience', { aud: RESOURCE }, {}],
    ['a client that is not the audience', 'wrong_client', { azp: 'another-client' }, {}],
    ['no subject', 'claim_missing sub', { sub: undefined }, {}],
    ['RS-06 another application', 'wrong_issuer', { iss: 'https://id.example.com/application/o/mail/' }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('authentik', 'accessToken', claims, header)).toBe(verdict);
  });

  it.each(['editors', { editors: true }, [['editors']], ['editors', 7]])('takes no group from %j', (groups) => {
    expect(factsOf('authentik', 'accessToken', { groups }).groups).toBeUndefined();
  });

  it.each(['https://id.example.com/', 'https://id.example.com/application/o/files'])('refuses to trust %s', (text) => {
    expect(() => authentik({ issuer: text, clientId })).toThrow('https://HOST/application/o/SLUG/');
  });

  it('refuses to be made without the client ID', () => {
    expect(() => authentik({ issuer } as never)).toThrow(/clientId/);
  });
});
