import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseChallenges, readResourceChallenge } from './challenge.js';

const read = (value: string, sent?: 'Bearer' | 'DPoP') =>
  readResourceChallenge(new Headers({ 'www-authenticate': value }), sent);

describe('WWW-Authenticate', () => {
  it('reads one challenge with its parameters, quoted or not', () => {
    const challenge = read('Bearer resource_metadata="https://h/.well-known/x", scope="a b", error=invalid_token');
    expect(challenge).toEqual({
      resourceMetadata: 'https://h/.well-known/x',
      scope: 'a b',
      error: 'invalid_token',
      wantsDpop: false,
    });
  });

  it('gives each parameter to its own scheme (CL-10)', () => {
    const value =
      'Basic realm="x, Bearer scope=\\"evil\\"", resource_metadata="https://evil.example/", Bearer scope="a", DPoP algs="ES256"';
    expect(read(value)).toEqual({ resourceMetadata: undefined, scope: 'a', error: undefined, wantsDpop: false });
    expect(parseChallenges(value)?.map(({ scheme }) => scheme)).toEqual(['basic', 'bearer', 'dpop']);
  });

  it('takes DPoP where that is all there is', () => {
    expect(read('DPoP resource_metadata="https://h/p", algs="ES256"')).toMatchObject({
      resourceMetadata: 'https://h/p',
      wantsDpop: true,
    });
  });

  it.each([
    'Bearer, DPoP error="use_dpop_nonce"',
    'DPoP error="use_dpop_nonce", algs="ES256", Bearer error="invalid_token"',
  ])('CL-10 says of a DPoP token what the challenge of its own scheme says: %s', (value) => {
    expect(read(value, 'DPoP')).toMatchObject({ error: 'use_dpop_nonce', wantsDpop: false });
    for (const sent of ['Bearer', undefined] as const) expect(read(value, sent).error).not.toBe('use_dpop_nonce');
  });

  it('takes metadata and scopes from the other scheme where that of a DPoP token names none', () => {
    const value = 'Bearer resource_metadata="https://h/p", scope="a", error="x", DPoP algs="ES256"';
    expect(read(value, 'DPoP')).toEqual({
      resourceMetadata: 'https://h/p',
      scope: 'a',
      error: undefined,
      wantsDpop: false,
    });
    expect(read(`${value}, scope="b"`, 'DPoP').scope).toBe('b');
  });

  it('reads schemes without parameters, and a token68', () => {
    expect(parseChallenges('Negotiate, Bearer')?.map(({ scheme }) => scheme)).toEqual(['negotiate', 'bearer']);
    expect(parseChallenges('Negotiate YWJj==, Bearer scope=a')?.at(1)?.parameters.get('scope')).toBe('a');
  });

  it('reads fields that were joined, with empty places', () => {
    expect(parseChallenges(', Bearer realm=a ,, DPoP algs=ES256,')?.map(({ scheme }) => scheme)).toEqual([
      'bearer',
      'dpop',
    ]);
  });

  it.each([
    ['a parameter twice', 'Bearer resource_metadata="https://a/", resource_metadata="https://b/"'],
    ['a quote that does not end', 'Bearer scope="a'],
    ['a parameter without a value', 'Bearer scope='],
    ['what follows a value', 'Bearer scope="a"x'],
    ['no scheme', '="a"'],
    ['more than anybody says', `Bearer ${'a=b, '.repeat(4000)}`],
  ])('takes nothing from %s (CL-10)', (_what, value) => {
    expect(read(value)).toEqual({ resourceMetadata: undefined, scope: undefined, error: undefined, wantsDpop: false });
  });

  it('takes nothing from two challenges of one scheme (CL-10)', () => {
    expect(read('Bearer scope=a, Bearer scope=b').scope).toBeUndefined();
  });

  describe('does not grow slow with what is thrown at it', () => {
    afterEach(() => {
      vi.restoreAllMocks();
    });

    /** How often a text of that length is looked into, each time from where the last look ended. */
    function looks(value: string): number {
      const exec = vi.spyOn(RegExp.prototype, 'exec');
      parseChallenges(value);
      const { length } = exec.mock.calls;
      exec.mockRestore();
      return length;
    }

    const HOSTILE: readonly (readonly [what: string, of: (length: number) => string])[] = [
      ['quotes', (length) => '"'.repeat(length)],
      ['a quote full of escapes that does not end', (length) => `Bearer x="${'\\'.repeat(length)}`],
      ['schemes', (length) => 'a,'.repeat(length / 2)],
      ['words', (length) => 'a '.repeat(length / 2)],
      ['equals signs', (length) => `Bearer ${'='.repeat(length)}`],
      ['parameters', (length) => `Bearer ${Array.from({ length: length / 16 }, (_, i) => `p${i}="x"`).join(', ')}`],
      ['commas', (length) => ','.repeat(length)],
      ['space', (length) => `Bearer${' '.repeat(length)}x=y`],
    ];

    it.each(HOSTILE)('CL-10 %s: twice the length takes twice the work at most', (_what, of) => {
      expect(looks(of(8000))).toBeLessThanOrEqual(2 * looks(of(4000)) + 10);
      expect(looks(of(8000))).toBeLessThanOrEqual(4 * 8000);
    });

    it.each(HOSTILE)('CL-10 a megabyte of %s is not looked into at all', (_what, of) => {
      expect(looks(of(1_000_000))).toBe(0);
      expect(parseChallenges(of(1_000_000))).toBeUndefined();
    });
  });
});
