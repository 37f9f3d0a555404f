import { describe, expect, it } from 'vitest';
import { google } from './google.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

describe('google', () => {
  it('lets a listed service account in, with the scopes that the list gives it', () => {
    expect(factsOf('google', 'accessToken')).toEqual({
      subject: '113774264463038321964',
      clientId: '113774264463038321964',
      scopes: ['files:read'],
    });
    expect(factsOf('google', 'm2mToken').scopes).toEqual(['files:write']);
  });

  it('hands out no list that a handler could add to for all later tokens', () => {
    const { scopes } = factsOf('google', 'accessToken');
    expect(() => (scopes as string[]).push('admin')).toThrow(TypeError);
    expect(factsOf('google', 'accessToken').scopes).toEqual(['files:read']);
  });

  it('lets in neither the service account of anybody else, nor a person', () => {
    expect(verdictOn('google', 'strangerToken')).toBe('wrong_client');
    expect(verdictOn('google', 'strangerToken', { email: 'importer@acme-prod.iam.gserviceaccount.com' })).toBe(
      'wrong_client',
    );
    expect(verdictOn('google', 'idToken')).toBe('wrong_audience');
    expect(verdictOn('google', 'idToken', { aud: RESOURCE })).toBe('wrong_client');
  });

  it.each([
    ['the ID token of a sign-in', 'wrong_client', { nonce: 'x' }, {}],
    ['no subject', 'claim_missing sub', { sub: undefined }, {}],
    ['a subject that is a number', 'claim_malformed sub', { sub: 1137742644630 }, {}],
    ['a subject that objects have', 'wrong_client', { sub: 'constructor' }, {}],
    ['no client', 'claim_missing azp', { azp: undefined }, {}],
    ['RS-05 a client of Google', 'wrong_audience', { aud: '407408718192.apps.googleusercontent.com' }, {}],
    ['RS-06 the issuer without its scheme', 'wrong_issuer', { iss: 'accounts.google.com' }, {}],
    ['RS-01 alg ES256', 'algorithm_not_allowed', {}, { alg: 'ES256' }],
    ['RS-03 typ at+jwt', 'wrong_type', {}, { typ: 'at+jwt' }],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('google', 'accessToken', claims, header)).toBe(verdict);
  });

  it('grants nothing that the token says', () => {
    const claims = { scope: 'admin', roles: ['admin'], permissions: ['admin'], groups: ['admin'] };
    expect(factsOf('google', 'accessToken', claims)).toEqual(factsOf('google', 'accessToken'));
  });

  it('has its keys at the host that they are at', () => {
    expect(TRUSTED.google.verification).toEqual({
      method: 'signature',
      jwksUri: 'https://www.googleapis.com/oauth2/v3/certs',
    });
  });

  it.each([
    ['without service accounts', {}, /authorization server in front/],
    ['with an empty list', { serviceAccounts: {} }, /authorization server in front/],
    ['for an e-mail address', { serviceAccounts: { 'a@b.iam.gserviceaccount.com': ['x'] } }, /unique ID/],
    ['for an account without scopes', { serviceAccounts: { '113774264463038321964': [] } }, /at least one/],
    ['for scopes that are a text', { serviceAccounts: { '113774264463038321964': 'x' } }, /list/],
  ])('refuses to be made %s', (_, options, message) => {
    expect(() => google(options as never)).toThrow(message);
    expect(() => google(options as never)).toThrow(TypeError);
  });
});
