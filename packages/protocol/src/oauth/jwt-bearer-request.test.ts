import { expect, it } from 'vitest';
import { parseJwtBearerTokenRequest } from './jwt-bearer-request.js';
import { parseOauthParameters } from './parameters.js';

const parse = (encoded: string) => parseJwtBearerTokenRequest(parseOauthParameters(encoded, ['resource']));

it('reads a grant by assertion', () => {
  expect(parse('assertion=%0Aa.b.c%0A&scope=a+b&resource=https%3A%2F%2Fr')).toEqual({
    ok: true,
    value: { assertion: 'a.b.c', scopes: ['a', 'b'], resources: ['https://r'] },
  });
  expect(parse('assertion=a.b.c')).toEqual({
    ok: true,
    value: { assertion: 'a.b.c', scopes: undefined, resources: [] },
  });
});

it.each([
  ['scope=a', 'assertion_missing'],
  ['assertion=', 'assertion_missing'],
  ['assertion=%20', 'assertion_missing'],
  ['assertion=a.b.c&scope=a++b', 'scope_malformed'],
])('refuses %s as %s', (form, failure) => {
  expect(parse(form)).toEqual({ ok: false, failure });
});
