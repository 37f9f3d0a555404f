import { describe, expect, it } from 'vitest';
import { readPresentedCredential } from './presented-credential.js';

describe('readPresentedCredential (RFC 6750 §2, RFC 9449 §7.1)', () => {
  it.each([
    ['Bearer abc.def-_~+/=', 'abc.def-_~+/='],
    ['bearer AT', 'AT'],
    ['BEARER   AT ', 'AT'],
  ])('RS-10 reads %s', (value, accessToken) => {
    expect(readPresentedCredential(['Host', 'x', 'authorization', value], '')).toEqual({
      kind: 'token',
      scheme: 'Bearer',
      accessToken,
    });
  });

  it.each(['DPoP abc.def', 'dpop  abc.def', 'DPOP abc.def '])('PD-04 reads %s as a token with a proof', (value) => {
    expect(readPresentedCredential(['Authorization', value], '')).toEqual({
      kind: 'token',
      scheme: 'DPoP',
      accessToken: 'abc.def',
    });
  });

  it.each([['Basic eDp5'], ['DPoPabc'], ['Bearerabc'], ['']])('RS-11 finds no credential in "%s"', (value) => {
    expect(readPresentedCredential(['Authorization', value], '').kind).toBe('none');
  });

  it('RS-10 takes no token from the query', () => {
    expect(readPresentedCredential([], '?access_token=AT')).toEqual({ kind: 'none' });
  });

  it.each([
    [['Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b'], '', 400],
    [['Authorization', 'Bearer a', 'authorization', 'Basic b'], '', 400],
    [['Authorization', 'Bearer a, Bearer b'], '', 400],
    [['Authorization', 'Bearer a'], '?x=1&access_token=b', 400],
    [['Authorization', 'Bearer a b'], '', 401],
    [['Authorization', 'Bearer a\u0000'], '', 401],
    [['Authorization', 'Bearer'], '', 401],
    [['Authorization', 'Bearer a', 'Authorization', 'DPoP a'], '', 400],
    [['Authorization', 'DPoP a', 'Authorization', 'Bearer a'], '', 400],
    [['Authorization', 'DPoP a, Bearer b'], '', 400],
    [['Authorization', 'DPoP a'], '?access_token=b', 400],
    [['Authorization', 'DPoP a b'], '', 401],
  ])('RS-10 refuses %j%s with %i', (rawHeaders, search, status) => {
    expect(readPresentedCredential(rawHeaders, search)).toMatchObject({ kind: 'refused', status });
  });

  it('PD-04 says by which scheme a broken token came', () => {
    const schemes = ['Bearer ?', 'dpop ?', 'DPoP'].map((value) =>
      readPresentedCredential(['Authorization', value], ''),
    );
    expect(schemes).toMatchObject([{ scheme: 'Bearer' }, { scheme: 'DPoP' }, { scheme: 'DPoP' }]);
  });
});
