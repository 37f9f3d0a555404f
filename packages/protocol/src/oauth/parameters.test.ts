import { describe, expect, it } from 'vitest';
import { parseOauthParameters } from './parameters.js';

describe('parseOauthParameters', () => {
  it('reads single values and treats an empty one as absent', () => {
    const parameters = parseOauthParameters('a=1&b=&c=x%20y+z');
    expect(parameters.value('a')).toBe('1');
    expect(parameters.value('b')).toBeUndefined();
    expect(parameters.value('c')).toBe('x y z');
    expect(parameters.value('d')).toBeUndefined();
    expect(parameters.problem).toBeUndefined();
  });

  it('AZ-13 gives a repeated name no value, neither the first nor the last', () => {
    const parameters = parseOauthParameters('state=1&state=2&x=3');
    expect(parameters.value('state')).toBeUndefined();
    expect(parameters.isRepeated('state')).toBe(true);
    expect(parameters.isRepeated('x')).toBe(false);
    expect(parameters.problem).toBe('duplicate_parameter');
  });

  it('AZ-13 counts an empty repetition as a repetition', () => {
    expect(parseOauthParameters('code=&code=2').problem).toBe('duplicate_parameter');
  });

  it('lets the named parameters repeat', () => {
    const parameters = parseOauthParameters('resource=a&resource=b&resource=', ['resource']);
    expect(parameters.values('resource')).toEqual(['a', 'b']);
    expect(parameters.problem).toBeUndefined();
  });

  it.each(['a[]=1', 'a[b]=1', 'a%5B%5D=1'])('AZ-13 refuses the bracket form %s', (encoded) => {
    expect(parseOauthParameters(encoded).problem).toBe('bracketed_parameter');
  });

  it('AZ-13 refuses more than 100 parameters and accepts 100', () => {
    const encode = (count: number) => Array.from({ length: count }, (_, index) => `p${index}=1`).join('&');
    expect(parseOauthParameters(encode(100)).problem).toBeUndefined();
    expect(parseOauthParameters(encode(101)).problem).toBe('too_many_parameters');
  });

  it('refuses bytes that are no UTF-8', () => {
    expect(parseOauthParameters('state=%FF').problem).toBe('malformed_encoding');
  });
});
