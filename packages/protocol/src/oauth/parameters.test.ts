import fc from 'fast-check';
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

  it.each(['%FF', 'a%ff', '%c0%af', '%ED%A0%80', '%e2%82', '%F5%80%80%80'])(
    'refuses octets that are no UTF-8: %s',
    (octets) => {
      const parameters = parseOauthParameters(`state=${octets}&a=1`);
      expect(parameters.problem).toBe('malformed_encoding');
      expect(parameters.value('state')).toBeUndefined();
      expect(parameters.values('state')).toEqual([]);
      expect([parameters.isMalformed('state'), parameters.isMalformed('a')]).toEqual([true, false]);
      expect(parameters.value('a')).toBe('1');
      expect(parseOauthParameters(`${octets}=1`).problem).toBe('malformed_encoding');
    },
  );

  it('reads a U+FFFD that was sent as one', () => {
    for (const encoded of ['state=a%EF%BF%BDb', 'state=a\ufffdb']) {
      const parameters = parseOauthParameters(encoded);
      expect([parameters.problem, parameters.value('state')]).toEqual([undefined, 'a\ufffdb']);
    }
  });

  it('reads what is UTF-8 as the URL standard does', () => {
    const piece = fc.oneof(
      fc.constantFrom('&', '=', '+', '%', '%2', '%zz', '%26', '%3D', '%2b', '%EF%BB%BF', '\ufeff', '?', 'a', ' ', '\0'),
      fc.string({ unit: 'binary' }).map(encodeURIComponent),
      fc.string({ unit: 'binary' }),
    );
    fc.assert(
      fc.property(fc.array(piece), (pieces) => {
        // A question mark at the beginning is taken off there, and is for the caller here.
        const encoded = `x&${pieces.join('')}`;
        // Node reads a character beyond ASCII wrongly where a `%` that begins no escape stands beside it, unless it is escaped.
        const expected = new URLSearchParams(encoded.replaceAll(/[^\0-\x7f]/gu, encodeURIComponent));
        const parameters = parseOauthParameters(encoded, [...expected.keys()]);
        for (const name of expected.keys()) {
          expect(parameters.values(name)).toEqual(expected.getAll(name).filter((value) => value !== ''));
        }
        expect(parameters.isMalformed('x')).toBe(false);
      }),
    );
  });
});
