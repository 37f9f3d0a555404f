import { succeed } from '@portcullis/protocol';
import { expect, it } from 'vitest';
import type { TokenFacts, TokenRules } from '../issuers/trusted-issuer.js';
import { applyRules } from './apply-rules.js';

const jkt = '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I';
const context = { issuer: 'https://as.test', resource: 'https://mcp.test/mcp' };
const times = { issuedAtEpochSeconds: 0, expiresAtEpochSeconds: 1 };
const bound = { cnf: { jkt } };

/** What comes of claims by rules that say this of them: the key, or why not. */
function verdict(claims: object, facts: Partial<TokenFacts>, takesBoundTokens?: boolean): string | undefined {
  const rules: Pick<TokenRules, 'readClaims' | 'recipientProof' | 'takesBoundTokens'> = {
    recipientProof: 'audience',
    ...(takesBoundTokens === undefined ? {} : { takesBoundTokens }),
    readClaims: () => succeed({ subject: 'a', clientId: 'b', scopes: [], ...facts }),
  };
  const verified = applyRules(rules, JSON.parse(JSON.stringify(claims)), context, times);
  return verified.ok ? verified.value.proofKey : verified.failure.reason;
}

it('PD-04 makes no bearer token of one that is bound, whatever the rules of its issuer look at', () => {
  for (const takes of [undefined, false]) {
    expect(verdict(bound, {}, takes)).toBe('sender_constrained');
    expect(verdict(bound, { proofKey: jkt }, takes)).toBe('sender_constrained');
  }
  expect(verdict(bound, {}, true)).toBe('sender_constrained');
  expect(verdict({ cnf: null }, {}, true)).toBe('sender_constrained');
  expect(verdict(bound, { proofKey: jkt }, true)).toBe(jkt);
  expect(verdict({}, {})).toBeUndefined();
});

it('makes claims that rules cannot cope with a malformed token', () => {
  const rules: Pick<TokenRules, 'readClaims' | 'recipientProof'> = {
    recipientProof: 'audience',
    readClaims: () => {
      throw new Error('no such claim');
    },
  };
  expect(applyRules(rules, {}, context, times)).toEqual({ ok: false, failure: { reason: 'malformed' } });
});
