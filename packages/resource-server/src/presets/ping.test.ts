import { describe, expect, it } from 'vitest';
import { ping } from './ping.js';
import { factsOf, RESOURCE, verdictOn } from './testing/recorded-tokens.js';

describe('ping', () => {
  it('says who calls; the environment is the tenant', () => {
    const facts = factsOf('ping', 'accessToken');
    expect(facts).toEqual({
      subject: 'd00dfeed-0000-4000-8000-000000000002',
      clientId: 'c0ffee00-0000-4000-8000-000000000001',
      scopes: ['files:read', 'files:write'],
      permissions: [],
      groups: undefined,
      tenantId: 'bbbbcccc-1111-2222-3333-ddddeeeeffff',
      accessTokenId: 'ping-jti-1',
    });
    expect(factsOf('ping', 'typedToken')).toEqual(facts);
  });

  it('takes the client of a program for its subject', () => {
    expect(factsOf('ping', 'm2mToken').subject).toBe('c0ffee00-0000-4000-8000-000000000009');
  });

  it.each([
    ['typ JWT', 'accepted', {}, { typ: 'JWT' }],
    ['RS-03 typ logout+jwt', 'wrong_type', {}, { typ: 'logout+jwt' }],
    ['RS-01 alg ES256', 'algorithm_not_allowed', {}, { alg: 'ES256' }],
    ['RS-03 a nonce', 'wrong_type', { nonce: 'x' }, {}],
    ['RS-03 the hash of an access token', 'wrong_type', { at_hash: 'x' }, {}],
    ['no client', 'claim_missing client_id', { client_id: undefined }, {}],
    ['neither client nor subject', 'claim_missing sub', { client_id: undefined, sub: undefined }, {}],
    ['a subject that is null', 'claim_missing sub', { sub: null }, {}],
    ['no jti', 'claim_missing jti', { jti: undefined }, {}],
    ['RS-05 the APIs of PingOne', 'wrong_audience', { aud: ['https://api.pingone.eu'] }, {}],
    ['RS-12 scopes as an array', 'accepted', { scope: ['files:read'] }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('ping', 'accessToken', claims, header)).toBe(verdict);
  });

  it('RS-12 takes no scope from an array', () => {
    expect(factsOf('ping', 'accessToken', { scope: ['files:read'] }).scopes).toEqual([]);
  });

  it('RS-03 refuses an ID token that names the resource', () => {
    expect(verdictOn('ping', 'idToken', { aud: RESOURCE, nonce: undefined, at_hash: undefined })).toBe(
      'claim_missing client_id',
    );
  });

  it.each(['https://auth.pingone.eu', 'https://auth.pingone.eu/env/as/', 'https://auth.pingone.eu/a/b/as'])(
    'refuses to trust %s',
    (issuer) => {
      expect(() => ping({ issuer })).toThrow('https://auth.pingone.REGION/ENVIRONMENT_ID/as');
    },
  );

  it('trusts a domain of the customer', () => {
    expect(ping({ issuer: 'https://login.acme.example/as' }).issuer).toBe('https://login.acme.example/as');
  });
});
