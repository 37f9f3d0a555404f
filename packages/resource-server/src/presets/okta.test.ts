import { describe, expect, it } from 'vitest';
import { okta } from './okta.js';
import { factsOf, RESOURCE, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

describe('okta', () => {
  it('says who calls by an ID that does not change', () => {
    expect(factsOf('okta', 'accessToken')).toEqual({
      subject: '00ujmkLgagxeRrAg20g3',
      clientId: '0oab8eb55Kb9jdMIr5d6',
      scopes: ['files:read', 'files:write'],
      groups: ['Everyone', 'Editors'],
      accessTokenId: 'AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE',
    });
  });

  it('takes a program as its own subject', () => {
    expect(factsOf('okta', 'm2mToken')).toMatchObject({ subject: '0oaprogram5d6', clientId: '0oaprogram5d6' });
  });

  it.each([
    ['RS-03 of the org authorization server', 'wrong_type', {}, { typ: 'application/okta-internal-at+jwt' }],
    ['typ JWT', 'accepted', {}, { typ: 'JWT' }],
    ['typ at+jwt', 'accepted', {}, { typ: 'at+jwt' }],
    ['RS-01 alg ES256', 'algorithm_not_allowed', {}, { alg: 'ES256' }],
    ['another version', 'claim_malformed ver', { ver: 2 }, {}],
    ['a version that is a text', 'claim_malformed ver', { ver: '1' }, {}],
    ['no version', 'claim_malformed ver', { ver: undefined }, {}],
    ['no client', 'claim_missing cid', { cid: undefined }, {}],
    ['no sub', 'claim_missing sub', { sub: undefined }, {}],
    ['a person without uid', 'claim_missing uid', { uid: undefined }, {}],
    ['a uid that is a number', 'claim_malformed uid', { uid: 7 }, {}],
    ['RS-03 a nonce', 'wrong_type', { nonce: 'x' }, {}],
    ['RS-05 the audience of the default server', 'wrong_audience', { aud: 'api://default' }, {}],
    ['RS-06 the org server', 'wrong_issuer', { iss: 'https://acme.okta.com' }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('okta', 'accessToken', claims, header)).toBe(verdict);
  });

  it('RS-03 refuses an ID token that names the resource', () => {
    expect(verdictOn('okta', 'idToken', { aud: RESOURCE, nonce: undefined, at_hash: undefined })).toBe(
      'claim_missing cid',
    );
  });

  it.each([
    ['a text', { scp: 'files:read' }],
    ['scope', { scp: undefined, scope: 'files:read' }],
    ['an array with a number', { scp: ['files:read', 7] }],
    ['two scopes in one item', { scp: ['files:read files:write'] }],
    ['an object', { scp: { 'files:read': true } }],
  ])('RS-12 takes no scope from %s', (_, claims) => {
    expect(factsOf('okta', 'accessToken', claims).scopes).toEqual([]);
  });

  it('reads groups from the claim that is configured, and knows of none without one', () => {
    const configured = okta({ issuer: TRUSTED.okta.issuer, groupsClaim: 'teams' });
    expect(factsOf(['okta', configured], 'accessToken', { teams: ['a'] }).groups).toEqual(['a']);
    expect(factsOf('okta', 'accessToken', { groups: undefined }).groups).toBeUndefined();
  });

  it.each(['https://acme.okta.com', 'https://acme.okta.com/', 'https://acme.okta.com/oauth2/default/', ''])(
    'refuses to trust %j',
    (issuer) => {
      expect(() => okta({ issuer })).toThrow(TypeError);
    },
  );
});
