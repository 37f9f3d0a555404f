import { describe, expect, it } from 'vitest';
import {
  formatAuthorizationRequest,
  formatFormAsQuery,
  parseAuthorizationRequest,
  readAuthorizationRequest,
} from './authorization-request.js';
import { parseOauthParameters } from './parameters.js';

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

describe('formatFormAsQuery', () => {
  it('AZ-14 leaves every name its value that is read, however it is written, and no other', () => {
    const asked = new Set<string>();
    const parameters = parseOauthParameters('');
    const noted = (name: string): string => {
      asked.add(name);
      return name;
    };
    readAuthorizationRequest({
      ...parameters,
      value: (name) => parameters.value(noted(name)),
      values: (name) => parameters.values(noted(name)),
    });
    expect(asked.size).toBe(14);
    const form = [...asked].map((name) => `${name}=a%20b`).join('&');
    expect(formatFormAsQuery(form)).toBe(form);
    expect(formatFormAsQuery('stat%65=s&client_secret=hidden&client%5Fassertion=hidden&x%ff=hidden&State=hidden')).toBe(
      'stat%65=s&client_secret=&client%5Fassertion=&x%ff=&State=',
    );
  });

  it.each(['a=1&a=2', 'a[]=1', 'a%5Bb%5D=1', '%ff=1', Array.from({ length: 101 }, () => 'a=1').join('&'), 'a=1&b'])(
    'AZ-13 leaves %s as wrong as it is',
    (form) => {
      const { problem } = parseAuthorizationRequest(form).parameters;
      expect(parseAuthorizationRequest(formatFormAsQuery(form)).parameters.problem).toBe(problem);
    },
  );
});
