import { describe, expect, it } from 'vitest';
import { challengeForScopes } from './scope-challenge.js';
import { authInfoOf, callerWith } from './testing/test-callers.js';

describe('challengeForScopes', () => {
  const authInfo = authInfoOf(callerWith({ scopes: ['held', 'no scope', 'offline_access'] }));
  const challenge = challengeForScopes(['needed'], undefined);

  it.each<[string, unknown, string[]]>([
    ['keep what they have', '2026-07-28', ['needed']],
    ['will keep what they have', '2027-01-01', ['needed']],
    ['replace what they have', '2025-11-25', ['needed', 'held']],
    ['tell no revision', undefined, ['needed', 'held']],
    ['tell one that is none', 7, ['needed', 'held']],
  ])('RS-11 names what is needed to clients that %s', (_, revision, scopes) => {
    const params = { _meta: { 'io.modelcontextprotocol/protocolVersion': revision } };
    expect(challenge({ request: { params }, authInfo })).toEqual({ scopes });
  });
});
