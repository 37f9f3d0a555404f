import { describe, expect, it } from 'vitest';
import { type AssertionUse, checkAssertionBounds, readAssertionBounds, readAssertionHeader } from './jwt-assertion.js';

// RFC 7523 §3, for both of its uses.

const OURS = 'https://as.test';
const now = 1_800_000_000;
const use: AssertionUse = { types: [undefined, 'jwt'], issuedAt: 'required' };
const optional: AssertionUse = { ...use, issuedAt: 'optional' };
const expected = { audience: OURS, maxLifetimeSeconds: 300, clockToleranceSeconds: 30 };
const good = { aud: OURS, iat: now, exp: now + 60 };

const header = (changes: object, of: AssertionUse = use) => {
  const read = readAssertionHeader({ alg: 'ES256', ...changes }, of);
  return read.ok ? 'good' : `${read.failure.problem} ${read.failure.detail}`;
};

function bounds(changes: object, of: AssertionUse = use): string {
  const claims = Object.entries({ ...good, ...changes }).filter(([, value]) => value !== undefined);
  const read = readAssertionBounds(Object.fromEntries(claims), of);
  const fault = read.ok ? checkAssertionBounds(read.value, expected, now) : read.failure;
  return fault === undefined ? 'good' : `${fault.problem} ${fault.detail}`;
}

describe('the header of an assertion', () => {
  it.each([
    [{}, 'good'],
    [{ typ: 'JWT', kid: 'a' }, 'good'],
    [{ typ: 'application/jwt' }, 'good'],
    [{ typ: 'at+jwt' }, 'type_refused typ: not that of such an assertion'],
    [{ typ: 7 }, 'type_refused typ: not that of such an assertion'],
    [{ alg: 'none' }, 'algorithm_refused alg: not one that may be used'],
    [{ alg: 'HS256' }, 'algorithm_refused alg: not one that may be used'],
    [{ crit: ['x'] }, 'header_critical crit: not understood'],
    [{ b64: false }, 'header_critical b64: not understood'],
    [{ kid: '' }, 'key_unknown kid: malformed'],
    [{ kid: 7 }, 'key_unknown kid: malformed'],
  ])('AZ-16 %j is %s', (changes, outcome) => {
    expect(header(changes)).toBe(outcome);
  });

  it('AZ-16 is held against what its issuer may use', () => {
    expect(header({}, { ...use, mayBeSignedBy: (algorithm) => algorithm === 'ES256' })).toBe('good');
    expect(header({}, { ...use, mayBeSignedBy: () => false })).toBe('algorithm_refused alg: not one that may be used');
    expect(header({}, { ...use, types: ['oauth-id-jag+jwt'] })).toBe('type_refused typ: missing');
  });
});

describe('for whom and when an assertion is good', () => {
  it.each<[object, string]>([
    [{}, 'good'],
    [{ aud: [OURS] }, 'good'],
    [{ aud: undefined }, 'audience_wrong aud: missing'],
    [{ aud: [] }, 'audience_wrong aud: missing'],
    [{ aud: 7 }, 'audience_wrong aud: malformed'],
    [{ aud: [OURS, 'https://other.test'] }, 'audience_wrong aud: several'],
    [{ aud: `${OURS}/` }, 'audience_wrong aud: not ours'],
    [{ exp: undefined }, 'claim_missing exp: missing'],
    [{ exp: `${now + 60}` }, 'claim_missing exp: malformed'],
    [{ exp: now - 29.5 }, 'good'],
    [{ exp: now - 30 }, 'expired exp: past'],
    [{ exp: now + 300 }, 'good'],
    [{ exp: now + 301 }, 'lifetime_too_long exp: too long after iat'],
    [{ exp: now + 331 }, 'lifetime_too_long exp: too far in the future'],
    [{ iat: now + 30, exp: now + 330 }, 'good'],
    [{ iat: now + 30, exp: now + 331 }, 'lifetime_too_long exp: too far in the future'],
    [{ iat: now - 329, exp: now - 29 }, 'good'],
    [{ iat: now - 330, exp: now + 330 }, 'lifetime_too_long exp: too long after iat'],
    [{ iat: now + 30 }, 'good'],
    [{ iat: now + 31 }, 'not_yet_valid iat: in the future'],
    [{ iat: now - 240 }, 'good'],
    [{ iat: now - 241 }, 'lifetime_too_long exp: too long after iat'],
    [{ iat: now - 331 }, 'lifetime_too_long iat: too far in the past'],
    [{ nbf: now - 3600 }, 'good'],
    [{ nbf: now + 31 }, 'not_yet_valid nbf: in the future'],
    [{ nbf: 'now' }, 'malformed nbf: malformed'],
  ])('AZ-16 %j is %s', (changes, outcome) => {
    expect(bounds(changes)).toBe(outcome);
    expect(bounds(changes, optional)).toBe(outcome);
  });

  it('AZ-16 needs no "iat" where that is left to the issuer, and one that is there has to be a time', () => {
    expect(bounds({ iat: undefined })).toBe('claim_missing iat: missing');
    expect(bounds({ iat: undefined }, optional)).toBe('good');
    expect(bounds({ iat: undefined, exp: now + 300 }, optional)).toBe('good');
    expect(bounds({ iat: undefined, exp: now + 301 }, optional)).toBe('lifetime_too_long exp: too long after iat');
    expect(bounds({ iat: 'now' })).toBe('claim_missing iat: malformed');
    expect(bounds({ iat: 'now' }, optional)).toBe('malformed iat: malformed');
  });
});
