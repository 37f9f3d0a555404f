import { describe, expect, it } from 'vitest';
import { formatAuthorizationRequest, parseAuthorizationRequest } from './authorization-request.js';

describe('parseAuthorizationRequest', () => {
  it('reads wire names into inner names', () => {
    const request = parseAuthorizationRequest(
      'client_id=c&resource=a&resource=b&state=s%20s&request_uri=x&dpop_jkt=k&scope=',
    );
    expect(request).toMatchObject({
      clientId: 'c',
      resources: ['a', 'b'],
      state: 's s',
      dpopKeyThumbprint: 'k',
      scope: undefined,
      hasRequestObject: false,
      hasRequestUri: true,
    });
    expect(request.parameters.problem).toBeUndefined();
  });

  it('AZ-13 keeps the rest readable when one parameter is repeated', () => {
    const request = parseAuthorizationRequest('client_id=c&scope=a&scope=b');
    expect(request).toMatchObject({ clientId: 'c', scope: undefined });
    expect(request.parameters.problem).toBe('duplicate_parameter');
  });
});

describe('formatAuthorizationRequest', () => {
  it('writes what is read again, and nothing that a client proves itself with', () => {
    const query =
      'client_id=x&redirect_uri=https%3A%2F%2Fa.test%2Fcb%3Fx%3D1&response_type=code&response_mode=query&state=s+%26+%22t%22' +
      '&scope=a+b&code_challenge=c&code_challenge_method=S256&prompt=login&max_age=0&resource=a&resource=b' +
      '&client_secret=hidden&client_assertion=hidden&other=x&nonce=';
    const pushed = parseAuthorizationRequest(query);
    const kept = formatAuthorizationRequest(pushed, 'c');
    const { parameters: _before, ...before } = pushed;
    const { parameters: _after, ...after } = parseAuthorizationRequest(kept);
    expect(after).toEqual({ ...before, clientId: 'c' });
    expect(kept).not.toMatch(/hidden|other|nonce/);
  });
});
