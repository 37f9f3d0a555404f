import { describe, expect, it } from 'vitest';
import { parseAuthorizationRequest } from './authorization-request.js';

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
