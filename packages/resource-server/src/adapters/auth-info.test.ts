import { expect, it } from 'vitest';
import type { Caller } from '../caller.js';
import { verifiedToken } from '../testing/verified-token.js';
import { callerOfAuthInfo, toAuthInfo } from './auth-info.js';

const caller: Caller = {
  ...verifiedToken({ scopes: ['files'], expiresAtEpochSeconds: 601 }),
  heldScopes: new Set(['files', 'files:read']),
  resourceMetadataUrl: 'https://gw.test/.well-known/oauth-protected-resource/mcp',
};
it('says in the SDKs’ words who calls, and finds them again', () => {
  const authInfo = toAuthInfo(caller, 't');
  expect(authInfo).toMatchObject({
    token: 't',
    clientId: 'pub',
    scopes: ['files', 'files:read'],
    expiresAt: 601,
    resourceMetadataUrl: 'https://gw.test/.well-known/oauth-protected-resource/mcp',
  });
  expect(authInfo.resource.href).toBe(caller.resource);
  expect(callerOfAuthInfo(authInfo)).toBe(caller);
  expect(callerOfAuthInfo(undefined)).toBeUndefined();
  expect(callerOfAuthInfo({ extra: { caller: { subject: 'x' } } })).toBeUndefined();
  // The SDKs copy what they are given.
  expect(callerOfAuthInfo({ ...authInfo, extra: { ...authInfo.extra } })).toBe(caller);
});

it('lets no handler give itself a scope for the requests that follow', () => {
  expect(() => toAuthInfo(caller, 't').scopes.push('admin')).toThrow(TypeError);
  expect(toAuthInfo(caller, 't').scopes).toEqual(['files', 'files:read']);
});

it('takes nothing for a caller that only looks like one', () => {
  expect(callerOfAuthInfo({ extra: { caller: { ...caller, subject: 'usr_other' } } })).toBeUndefined();
});

it('finds callers again that another copy of this package has made', async () => {
  // Not by resetting modules, which all files of tests share.
  const other = './auth-info.js?another-copy';
  const copy = (await import(other)) as typeof import('./auth-info.js');
  expect(copy.toAuthInfo).not.toBe(toAuthInfo);
  expect(callerOfAuthInfo(copy.toAuthInfo({ ...caller }, 't'))).toMatchObject({ subject: caller.subject });
});
