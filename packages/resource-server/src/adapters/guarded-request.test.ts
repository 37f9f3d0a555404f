import { expect, it } from 'vitest';
import { callerWith } from '../tools/testing/test-callers.js';
import { toAuthInfo } from './auth-info.js';
import { callerOfRequest } from './guarded-request.js';

it('finds only a caller that was verified here, whatever else is on a request', () => {
  const caller = callerWith();
  expect(callerOfRequest({ auth: toAuthInfo(caller, 't') })).toBe(caller);
  for (const request of [{}, { auth: null }, { caller }, { auth: { extra: { caller: { ...caller } } } }]) {
    expect(callerOfRequest(request)).toBeUndefined();
  }
});
