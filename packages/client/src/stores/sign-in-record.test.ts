import { expect, it } from 'vitest';
import {
  parseSignInRecord,
  parseSignInsRecord,
  type StartedSignIn,
  signInRecord,
  signInsRecord,
} from './sign-in-record.js';

const SIGN_IN: StartedSignIn = {
  place: { issuer: 'https://as.example', resource: 'https://mcp.example/mcp', isLegacy: false },
  state: 's',
  codeVerifier: 'v',
  clientId: 'c',
  redirectUri: 'https://app.example/back',
  scopes: ['a', 'b'],
  startedAtEpochSeconds: 1_800_000_000,
};

it('is read as it was written', () => {
  expect(parseSignInRecord(JSON.parse(JSON.stringify(signInRecord(SIGN_IN))))).toEqual(SIGN_IN);
});

it.each(['issuer', 'resource', 'state', 'code_verifier', 'client_id', 'redirect_uri'])(
  'is none without %s',
  (member) => {
    expect(parseSignInRecord({ ...signInRecord(SIGN_IN), [member]: undefined })).toBeUndefined();
  },
);

it('has no beginning that is no time, so that it is over', () => {
  const damaged = parseSignInRecord({ ...signInRecord(SIGN_IN), started_at: 'now' });
  expect(damaged?.startedAtEpochSeconds).toBe(0);
});

it.each([undefined, {}, { sign_ins: 'x' }, { sign_ins: [null, 'x', [], { state: 's' }] }])(
  'none are in %j',
  (record) => {
    expect(parseSignInsRecord(record)).toEqual([]);
  },
);

it('is read beside one that is damaged', () => {
  const record = { sign_ins: [{}, ...(signInsRecord([SIGN_IN])['sign_ins'] as object[])] };
  expect(parseSignInsRecord(JSON.parse(JSON.stringify(record)))).toEqual([SIGN_IN]);
});
