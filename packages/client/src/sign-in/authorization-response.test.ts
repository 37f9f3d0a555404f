import { describe, expect, it } from 'vitest';
import { assumeLegacyEndpoints } from '../discovery/legacy-endpoints.js';
import { checkAuthorizationResponse } from './authorization-response.js';

const ISSUER = 'https://as.example/tenant';

function pending(isIssParameterSupported: boolean) {
  const server = { ...assumeLegacyEndpoints(new URL(ISSUER)), issuer: ISSUER, isIssParameterSupported };
  return { server, state: 'the-state' };
}

const check = (query: string, isIssParameterSupported = false) =>
  checkAuthorizationResponse(pending(isIssParameterSupported), new URLSearchParams(query));
const iss = encodeURIComponent(ISSUER);

describe('an authorization response (RFC 9207 §2.4)', () => {
  it.each([
    ['advertised', true, `&iss=${iss}`, true],
    ['advertised', true, '', false],
    ['advertised', true, '&iss=https://evil.example', false],
    ['not advertised', false, `&iss=${iss}`, true],
    ['not advertised', false, '', true],
    ['not advertised', false, '&iss=https://evil.example', false],
  ])('with iss %s and %s%s: %s (CL-04)', (_word, isSupported, parameter, isAccepted) => {
    const result = check(`code=c&state=the-state${parameter}`, isSupported);
    expect(result).toEqual(isAccepted ? { ok: true, value: 'c' } : { ok: false, failure: { kind: 'issuer_mismatch' } });
  });

  it.each([
    `${ISSUER}/`,
    'https://AS.example/tenant',
    'https://as.example:443/tenant',
    'https://as.example/%74enant',
    '',
  ])('compares the issuer %s character by character (CL-04)', (other) => {
    const result = check(`code=c&state=the-state&iss=${encodeURIComponent(other)}`);
    expect(result).toEqual({ ok: false, failure: { kind: 'issuer_mismatch' } });
  });

  it.each([
    ['advertised', true, `&iss=${iss}`, 'refused'],
    ['advertised', true, '', 'issuer_mismatch'],
    ['advertised', true, `&iss=${iss}/`, 'issuer_mismatch'],
    ['not advertised', false, `&iss=${iss}`, 'refused'],
    ['not advertised', false, '', 'refused'],
    ['not advertised', false, '&iss=https://evil.example', 'issuer_mismatch'],
  ])(
    'that is an error is held to the same, with iss %s and %s%s: %s (CL-04)',
    (_word, isSupported, parameter, kind) => {
      const result = check(`error=access_denied&state=the-state${parameter}`, isSupported);
      expect(result).toMatchObject({ ok: false, failure: { kind } });
    },
  );

  it('does not act on an error of another issuer (CL-04)', () => {
    const result = check('error=access_denied&error_description=call%20me&state=the-state&iss=https://evil.example');
    expect(result).toEqual({ ok: false, failure: { kind: 'issuer_mismatch' } });
  });

  it.each(['code=c', 'code=c&state=other', 'error=access_denied', 'code=c&state=the-state&state=the-state', ''])(
    'is not ours: %s (CL-05)',
    (query) => {
      expect(check(query)).toEqual({ ok: false, failure: { kind: 'not_ours' } });
    },
  );

  it.each([
    `code=c&code=d&state=the-state`,
    `code=c&state=the-state&iss=${iss}&iss=${iss}`,
    'state=the-state',
    'code=&state=the-state',
  ])('is malformed: %s (CL-04)', (query) => {
    expect(check(query)).toEqual({ ok: false, failure: { kind: 'malformed' } });
  });

  it('tells the code of a refusal and what is said of it, and nothing that is no code', () => {
    expect(check('error=access_denied&error_description=Not%20%1btoday.&state=the-state')).toEqual({
      ok: false,
      failure: { kind: 'refused', error: 'access_denied', description: 'Not today.' },
    });
    expect(check('error=%1b[2J&state=the-state')).toEqual({
      ok: false,
      failure: { kind: 'refused', error: undefined },
    });
  });
});
