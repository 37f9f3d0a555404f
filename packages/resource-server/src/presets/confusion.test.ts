import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PresetName } from './preset.js';
import { PRESETS } from './registry.js';
import {
  applyRules,
  applyRulesWhoeverIssued,
  factsOf,
  RESOURCE,
  recordedToken,
  recordedTokens,
  TRUSTED,
  verdictOn,
} from './testing/recorded-tokens.js';

const NAMES = Object.keys(PRESETS) as PresetName[];

describe('the presets among each other', () => {
  it.each(NAMES)('takes the recorded access token of %s by its own preset', (name) => {
    expect(applyRules(TRUSTED[name], recordedToken(name, 'accessToken'))).toMatchObject({ ok: true });
  });

  it.each(NAMES)('RS-06 takes no recorded token of another provider by %s', (name) => {
    for (const other of NAMES.filter((candidate) => candidate !== name)) {
      for (const [kind, token] of Object.entries(recordedTokens(other))) {
        expect(applyRules(TRUSTED[name], token), `${kind} of ${other}`).toMatchObject({ ok: false });
      }
    }
  });

  it.each(NAMES)('RS-03 takes no ID token by %s, whoever issued it', (name) => {
    for (const other of NAMES) {
      expect(applyRulesWhoeverIssued(TRUSTED[name], recordedToken(other, 'idToken')), `of ${other}`).toMatchObject({
        ok: false,
      });
    }
  });

  it.each(NAMES)('RS-05 takes no token for another API by %s, whoever issued it', (name) => {
    for (const other of NAMES) {
      expect(
        applyRulesWhoeverIssued(TRUSTED[name], recordedToken(other, 'otherApiToken')),
        `of ${other}`,
      ).toMatchObject({
        ok: false,
      });
    }
  });

  it('are apart by their rules alone, except where two providers have the same claims', () => {
    const accepted = NAMES.map((name) => [
      name,
      NAMES.filter((other) => {
        return other !== name && applyRulesWhoeverIssued(TRUSTED[name], recordedToken(other, 'accessToken')).ok;
      }).join(' '),
    ]).filter(([, others]) => others !== '');
    expect(Object.fromEntries(accepted)).toEqual({
      auth0: 'keycloak google',
      logto: 'auth0',
      ping: 'cognito auth0 workos',
      rfc9068: 'portcullis auth0 logto',
      workos: 'cognito ping',
    });
  });
});

describe.each(NAMES)('%s with claims of any shape', (name) => {
  const { readClaims } = TRUSTED[name].rules;
  const recorded = Object.values(recordedTokens(name));
  const claimNames = [...new Set(recorded.flatMap(({ claims }) => Object.keys(claims)))];
  const header = { algorithm: 'RS256', keyId: 'k', type: 'at+jwt', members: {} };
  const context = { issuer: TRUSTED[name].issuer, resource: RESOURCE };

  it('never throws, and tells nothing but texts', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...recorded),
        fc.dictionary(fc.constantFrom(...claimNames, 'cnf', '__proto__', 'constructor'), fc.jsonValue(), {
          maxKeys: 4,
        }),
        fc.boolean(),
        ({ claims }, changes, isJwt) => {
          const read = readClaims({ ...claims, ...changes }, isJwt ? { ...context, header } : context);
          if (!read.ok) return;
          const { subject, clientId, scopes, permissions = [], groups = [] } = read.value;
          for (const text of [subject, clientId, ...scopes, ...permissions, ...groups]) {
            expect(typeof text === 'string' && text !== '').toBe(true);
          }
        },
      ),
    );
    fc.assert(fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (claims) => !readClaims(claims, context).ok));
  });

  it.each([
    ['missing', undefined],
    ['null', null],
    ['a number', 7],
    ['an object', { [RESOURCE]: true }],
    ['an empty array', []],
    ['an array with a number', [RESOURCE, 7]],
    ['the resource with a slash', `${RESOURCE}/`],
    ['longer than the resource', `${RESOURCE}2`],
    ['the parent of the resource', 'https://mcp.example.com'],
    ['the resource over http', RESOURCE.replace('https', 'http')],
    ['the resource in other case', RESOURCE.replace('mcp', 'MCP')],
    ['two resources in one text', `${RESOURCE} ${RESOURCE}`],
  ])('RS-05 refuses an audience that is %s', (_, aud) => {
    expect(verdictOn(name, 'accessToken', { aud })).toBe('wrong_audience');
  });

  it('PD-04 tells the key that a token is bound to, or refuses the token where the provider issues none', () => {
    const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
    if (TRUSTED[name].rules.takesBoundTokens === true) {
      expect(factsOf(name, 'accessToken', { cnf: { jkt } }).proofKey).toBe(jkt);
      expect(factsOf(name, 'accessToken').proofKey).toBeUndefined();
    } else expect(verdictOn(name, 'accessToken', { cnf: { jkt } })).toBe('sender_constrained');
  });

  it.each([
    ['to a certificate', { 'x5t#S256': 'bwcK0esc3ACC3DB2Y5_lESsXE8o9ltc05O89jdN-dg2' }],
    ['to a key in full', { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } }],
    ['to two things at once', { jkt: '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I', kid: 'k' }],
    ['by a thumbprint that is none', { jkt: 'short' }],
    ['by a thumbprint that is no text', { jkt: ['0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'] }],
    ['to nothing', {}],
    ['to null', null],
    ['to a text', '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I'],
  ])('PD-04 refuses a token that is bound %s', (_, cnf) => {
    expect(verdictOn(name, 'accessToken', { cnf })).toBe('sender_constrained');
  });

  it('RS-01 allows asymmetric algorithms only', () => {
    expect(TRUSTED[name].rules.algorithms.filter((algorithm) => !/^(?:RS|PS|ES)\d{3}$|^Ed/.test(algorithm))).toEqual(
      [],
    );
  });
});
