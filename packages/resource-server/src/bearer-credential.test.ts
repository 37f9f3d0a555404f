import { describe, expect, it } from 'vitest';
import { readBearerCredential } from './bearer-credential.js';

describe('readBearerCredential (RFC 6750 §2)', () => {
  it.each([
    ['Bearer abc.def-_~+/=', 'abc.def-_~+/='],
    ['bearer AT', 'AT'],
    ['BEARER   AT ', 'AT'],
  ])('RS-10 reads %s', (value, accessToken) => {
    expect(readBearerCredential(['Host', 'x', 'authorization', value], '')).toEqual({ kind: 'bearer', accessToken });
  });

  it.each([['Basic eDp5'], ['DPoP abc'], ['Bearerabc'], ['']])('RS-11 finds no bearer credential in "%s"', (value) => {
    expect(readBearerCredential(['Authorization', value], '').kind).toBe('none');
  });

  it('RS-10 takes no token from the query', () => {
    expect(readBearerCredential([], '?access_token=AT')).toEqual({ kind: 'none' });
  });

  it.each([
    [['Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b'], '', 400],
    [['Authorization', 'Bearer a', 'authorization', 'Basic b'], '', 400],
    [['Authorization', 'Bearer a, Bearer b'], '', 400],
    [['Authorization', 'Bearer a'], '?x=1&access_token=b', 400],
    [['Authorization', 'Bearer a b'], '', 401],
    [['Authorization', 'Bearer a\u0000'], '', 401],
    [['Authorization', 'Bearer'], '', 401],
  ])('RS-10 refuses %j%s with %i', (rawHeaders, search, status) => {
    expect(readBearerCredential(rawHeaders, search)).toMatchObject({ kind: 'refused', status });
  });
});
