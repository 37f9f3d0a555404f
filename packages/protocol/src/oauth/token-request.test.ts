import { describe, expect, it } from 'vitest';
import { CLIENT_ASSERTION_TYPE } from './client-assertion.js';
import { parseOauthParameters } from './parameters.js';
import {
  parseAuthorizationCodeTokenRequest,
  parseClientAuthenticationParameters,
  parseClientCredentialsRequest,
  parseDeviceCodeTokenRequest,
  parseRefreshTokenRequest,
} from './token-request.js';

const verifier = 'v'.repeat(43);
const parse = (encoded: string) => parseOauthParameters(encoded, ['resource']);

describe('token request parsers', () => {
  it('reads a code grant', () => {
    const form = `code=c&code_verifier=${verifier}&redirect_uri=https%3A%2F%2Fa%2Fcb&resource=https%3A%2F%2Fr`;
    expect(parseAuthorizationCodeTokenRequest(parse(form))).toEqual({
      ok: true,
      value: { code: 'c', codeVerifier: verifier, redirectUri: 'https://a/cb', resources: ['https://r'] },
    });
  });

  it.each([
    [`code_verifier=${verifier}`, 'code_missing'],
    [`code=&code_verifier=${verifier}`, 'code_missing'],
    ['code=c', 'code_verifier_missing'],
    ['code=c&code_verifier=', 'code_verifier_missing'],
    [`code=c&code_verifier=${'v'.repeat(42)}`, 'code_verifier_malformed'],
    [`code=c&code_verifier=${'v'.repeat(129)}`, 'code_verifier_malformed'],
  ])('AZ-02 refuses %s as %s', (form, failure) => {
    expect(parseAuthorizationCodeTokenRequest(parse(form))).toEqual({ ok: false, failure });
  });

  it('reads the poll of a device', () => {
    expect(parseDeviceCodeTokenRequest(parse('device_code=d&resource=https%3A%2F%2Fr'))).toEqual({
      ok: true,
      value: { deviceCode: 'd', resources: ['https://r'] },
    });
    expect(parseDeviceCodeTokenRequest(parse('device_code='))).toEqual({ ok: false, failure: 'device_code_missing' });
  });

  it('reads a refresh', () => {
    expect(parseRefreshTokenRequest(parse('refresh_token=r&scope=a+b'))).toEqual({
      ok: true,
      value: { refreshToken: 'r', scope: 'a b', resources: [] },
    });
    expect(parseRefreshTokenRequest(parse('refresh_token=r'))).toMatchObject({ value: { scope: undefined } });
  });

  it('TK-01 reads a refresh with a malformed scope, for the token to be looked up', () => {
    expect(parseRefreshTokenRequest(parse('refresh_token=r&scope=a%22'))).toMatchObject({ value: { scope: 'a"' } });
  });

  it('TK-03 refuses a refresh without its token', () => {
    expect(parseRefreshTokenRequest(parse('scope=a'))).toEqual({ ok: false, failure: 'refresh_token_missing' });
  });

  it('sees an assertion by either of its parameters', () => {
    expect(parseClientAuthenticationParameters(parse('client_id=c')).hasAssertion).toBe(false);
    expect(parseClientAuthenticationParameters(parse('client_assertion=x')).hasAssertion).toBe(true);
    expect(parseClientAuthenticationParameters(parse('client_assertion_type=x')).hasAssertion).toBe(true);
  });

  it('hands on an assertion of the one type there is', () => {
    const assertionOf = (form: Record<string, string>) =>
      parseClientAuthenticationParameters(parse(new URLSearchParams(form).toString())).clientAssertion;
    const client_assertion_type = CLIENT_ASSERTION_TYPE;
    expect(assertionOf({ client_assertion: 'x', client_assertion_type })).toBe('x');
    expect(assertionOf({ client_assertion_type })).toBeUndefined();
    expect(assertionOf({ client_assertion: 'x' })).toBeUndefined();
    expect(assertionOf({ client_assertion: 'x', client_assertion_type: `${client_assertion_type} ` })).toBeUndefined();
  });

  it('reads a request of a client in its own name', () => {
    const form = 'scope=a+b&resource=https%3A%2F%2Fr&resource=https%3A%2F%2Fs';
    const value = { scopes: ['a', 'b'], resources: ['https://r', 'https://s'] };
    expect(parseClientCredentialsRequest(parse(form))).toEqual({ ok: true, value });
    expect(parseClientCredentialsRequest(parse(''))).toEqual({ ok: true, value: { scopes: undefined, resources: [] } });
    expect(parseClientCredentialsRequest(parse('scope=a%22'))).toEqual({ ok: false, failure: 'scope_malformed' });
  });
});
