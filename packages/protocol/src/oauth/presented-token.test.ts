import { expect, it } from 'vitest';
import { parseOauthParameters } from './parameters.js';
import { parsePresentedToken } from './presented-token.js';

it('reads the token and no hint', () => {
  const form = parseOauthParameters('token=abc&token_type_hint=id_token');
  expect(parsePresentedToken(form)).toEqual({ ok: true, value: 'abc' });
});

it('drops the line end that a shell adds', () => {
  expect(parsePresentedToken(parseOauthParameters('token=+abc%0D%0A'))).toEqual({ ok: true, value: 'abc' });
});

it.each(['', 'token=', 'token_type_hint=access_token', 'token=a&token=b', 'token=%0A'])('finds none in %j', (form) => {
  expect(parsePresentedToken(parseOauthParameters(form))).toEqual({ ok: false, failure: 'token_missing' });
});
