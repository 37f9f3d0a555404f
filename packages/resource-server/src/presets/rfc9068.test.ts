import { describe, expect, it } from 'vitest';
import { rfc9068 } from './rfc9068.js';
import { change, factsOf, RESOURCE, recordedToken, TRUSTED, verdictOn } from './testing/recorded-tokens.js';

describe('rfc9068', () => {
  it('says who calls, through which client, with what', () => {
    expect(factsOf('rfc9068', 'accessToken')).toEqual({
      subject: 'alice-7f3a',
      clientId: 'https://client.example.org/oauth.json',
      scopes: ['files:read', 'files:write'],
      permissions: ['editor'],
      groups: ['staff'],
      accessTokenId: 'd4f5c1e0a7',
    });
    expect(factsOf('rfc9068', 'm2mToken')).toMatchObject({
      subject: 'batch-importer',
      clientId: 'batch-importer',
      permissions: [],
      groups: undefined,
    });
  });

  it.each([
    ['RS-03 typ JWT', 'wrong_type', {}, { typ: 'JWT' }],
    ['RS-03 no typ', 'wrong_type', {}, { typ: undefined }],
    ['RS-03 typ dpop+jwt', 'wrong_type', {}, { typ: 'dpop+jwt' }],
    ['RS-03 typ oauth-id-jag+jwt', 'wrong_type', {}, { typ: 'oauth-id-jag+jwt' }],
    ['RS-03 typ logout+jwt', 'wrong_type', {}, { typ: 'logout+jwt' }],
    ['RS-03 typ APPLICATION/AT+JWT', 'accepted', {}, { typ: 'APPLICATION/AT+JWT' }],
    ['RS-01 alg none', 'algorithm_not_allowed', {}, { alg: 'none' }],
    ['RS-01 alg HS256', 'algorithm_not_allowed', {}, { alg: 'HS256' }],
    ['RS-04 no sub', 'claim_missing sub', { sub: undefined }, {}],
    ['RS-04 no client_id', 'claim_missing client_id', { client_id: undefined }, {}],
    ['RS-04 no jti', 'claim_missing jti', { jti: undefined }, {}],
    ['RS-04 an empty sub', 'claim_missing sub', { sub: '' }, {}],
    ['RS-04 a sub that is a number', 'claim_malformed sub', { sub: 7 }, {}],
    ['RS-05 the resource among others', 'accepted', { aud: ['https://elsewhere.example', RESOURCE] }, {}],
    ['RS-06 the issuer with a slash', 'wrong_issuer', { iss: 'https://as.example.net/' }, {}],
  ])('%s: %s', (_, verdict, claims, header) => {
    expect(verdictOn('rfc9068', 'accessToken', claims, header)).toBe(verdict);
  });

  it.each([
    ['scope with a comma', { scope: 'files:read,x' }, ['files:read,x']],
    ['an empty scope', { scope: '' }, []],
    ['scope as an array', { scope: ['files:read'] }, []],
    ['scp', { scope: undefined, scp: 'files:read' }, []],
    ['scopes divided by NBSP', { scope: 'files:read\u00a0files:write' }, []],
    ['a look-alike in Cyrillic', { scope: 'files:r\u0435ad' }, []],
    ['a star', { scope: '*' }, ['*']],
    ['another case', { scope: 'FILES:READ' }, ['FILES:READ']],
  ])('RS-12 reads %s as exactly what it is', (_, claims, scopes) => {
    expect(factsOf('rfc9068', 'accessToken', claims).scopes).toEqual(scopes);
  });

  it.each(['admin', { admin: true }, [['admin']], ['admin', 7]])('takes no role or group from %j', (value) => {
    const facts = factsOf('rfc9068', 'accessToken', { roles: value, groups: value });
    expect([facts.permissions, facts.groups]).toEqual([[], undefined]);
  });

  it('asks no jti of an introspection endpoint', () => {
    const { claims } = change(recordedToken('rfc9068', 'accessToken'), { jti: undefined });
    const { rules, issuer } = TRUSTED.rfc9068;
    expect(rules.readClaims(claims, { issuer, resource: RESOURCE })).toMatchObject({
      ok: true,
      value: { accessTokenId: undefined },
    });
  });

  it('is verified as it is told', () => {
    const verification = { method: 'introspection', clientId: 'rs', clientSecret: 'a secret of tests' } as const;
    expect(rfc9068({ issuer: 'https://as.example.net', verification })).toMatchObject({ verification });
    expect(rfc9068('https://as.example.net').verification).toEqual({ method: 'signature' });
  });

  it.each([
    '',
    'as.example.net',
    'http://as.example.net',
    'https://as.example.net?x',
    'https://as.example.net#x',
    'https://user@as.example.net',
    'HTTPS://AS.example.net',
    'https://as.example.net/a/../b',
    'javascript:alert(1)',
  ])('refuses to trust %j', (issuer) => {
    expect(() => rfc9068(issuer)).toThrow(TypeError);
  });

  it.each(['https://as.example.net/', 'https://as.example.net/t/a/', 'http://127.0.0.1:8080', 'http://localhost:1/x'])(
    'trusts %s',
    (issuer) => {
      expect(rfc9068(issuer).issuer).toBe(issuer);
    },
  );
});
