import { describe, expect, it } from 'vitest';
import { parseTokenResponse } from './token-response.js';

const utf8 = new TextEncoder();
const parse = (body: unknown, status = 200) =>
  parseTokenResponse(status, utf8.encode(typeof body === 'string' ? body : JSON.stringify(body)));
const GOOD = { access_token: 'at', token_type: 'bearer', expires_in: 600 };

describe('a token response', () => {
  it('is read', () => {
    expect(parse({ ...GOOD, refresh_token: 'rt', scope: 'a b' })).toEqual({
      ok: true,
      value: { accessToken: 'at', tokenType: 'Bearer', expiresInSeconds: 600, refreshToken: 'rt', scopes: ['a', 'b'] },
    });
    expect(parse({ access_token: 'at', token_type: 'DPoP' })).toMatchObject({ value: { tokenType: 'DPoP' } });
  });

  it('may have its lifetime as digits in a text (CL-08)', () => {
    expect(parse({ ...GOOD, expires_in: '3600' })).toMatchObject({ value: { expiresInSeconds: 3600 } });
  });

  it('is believed for a year at most', () => {
    expect(parse({ ...GOOD, expires_in: 1e11 })).toMatchObject({ value: { expiresInSeconds: 366 * 86_400 } });
  });

  it('is not looked at for an ID token', () => {
    expect(parse({ ...GOOD, id_token: 'no JWT' }).ok).toBe(true);
  });

  it.each([
    ['no token type', { access_token: 'at' }],
    ['a token type that nobody knows', { ...GOOD, token_type: 'mac' }],
    ['no access token', { token_type: 'bearer' }],
    ['an access token that is empty', { ...GOOD, access_token: '' }],
    ['an access token with a line break', { ...GOOD, access_token: 'a\r\nX-Evil: 1' }],
    ['an access token of another alphabet', { ...GOOD, access_token: 'ä' }],
    ['an access token without end', { ...GOOD, access_token: 'a'.repeat(70_000) }],
    ['a refresh token with a line break', { ...GOOD, refresh_token: 'a\nb' }],
    ['a lifetime below zero', { ...GOOD, expires_in: -1 }],
    ['a lifetime of zero', { ...GOOD, expires_in: 0 }],
    ['a lifetime that is a word', { ...GOOD, expires_in: 'NaN' }],
    ['a lifetime beyond all bounds', { ...GOOD, expires_in: 1e308 }],
    ['a scope that is a list', { ...GOOD, scope: ['a'] }],
    ['a page', '<html>'],
    ['a list', [GOOD]],
    ['a member twice', '{"access_token":"a","access_token":"b","token_type":"bearer"}'],
    ['nothing', ''],
  ])('is refused with %s (CL-08)', (_what, body) => {
    expect(parse(body)).toEqual({ ok: false, failure: { kind: 'malformed', status: 200 } });
  });

  it('that says error is one, whatever its status (CL-08)', () => {
    expect(parse({ ...GOOD, error: 'invalid_grant' })).toMatchObject({
      failure: { kind: 'refused', error: 'invalid_grant' },
    });
    expect(parse({ error: 'invalid_client' }, 401)).toMatchObject({
      failure: { kind: 'refused', error: 'invalid_client' },
    });
  });

  it('never hands on an error code that could write more than a code', () => {
    expect(parse({ error: '\u001b]52;c;ZXZpbA==\u0007' }, 400)).toMatchObject({ failure: { error: 'invalid_error' } });
  });

  it('says nothing about the request where the server is in trouble', () => {
    expect(parse({ error: 'invalid_grant' }, 503)).toEqual({
      ok: false,
      failure: { kind: 'unavailable', status: 503 },
    });
    expect(parse('', 429)).toEqual({ ok: false, failure: { kind: 'unavailable', status: 429 } });
  });
});
