import { describe, expect, it } from 'vitest';
import { parseOauthParameters } from './parameters.js';
import { EXCHANGED_TOKEN_TYPES, parseTokenExchangeRequest } from './token-exchange-request.js';

const [ACCESS_TOKEN, JWT] = EXCHANGED_TOKEN_TYPES;
const parse = (changes: Record<string, string>) =>
  parseTokenExchangeRequest(
    parseOauthParameters(
      new URLSearchParams({ subject_token: 't', subject_token_type: ACCESS_TOKEN, ...changes }).toString(),
      ['resource', 'audience'],
    ),
  );

describe('a token exchange request', () => {
  it('says what is exchanged for what', () => {
    expect(parse({})).toEqual({
      ok: true,
      value: { subjectToken: 't', requestedTokenType: ACCESS_TOKEN, targets: [], scopes: undefined },
    });
    const whole = { requested_token_type: JWT, subject_token_type: JWT, scope: 'a b', resource: 'r', audience: 's' };
    expect(parse(whole)).toEqual({
      ok: true,
      value: { subjectToken: 't', requestedTokenType: JWT, targets: ['r', 's'], scopes: ['a', 'b'] },
    });
  });

  it('names every target there is', () => {
    const form = `subject_token=t&subject_token_type=${ACCESS_TOKEN}&resource=a&resource=b&audience=c&audience=d`;
    const parsed = parseTokenExchangeRequest(parseOauthParameters(form, ['resource', 'audience']));
    expect(parsed).toMatchObject({ value: { targets: ['a', 'b', 'c', 'd'] } });
  });

  it.each<[string, Record<string, string>]>([
    ['subject_token_missing', { subject_token: '' }],
    ['subject_token_type_missing', { subject_token_type: '' }],
    ['subject_token_type_unsupported', { subject_token_type: 'urn:ietf:params:oauth:token-type:id_token' }],
    ['subject_token_type_unsupported', { subject_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['subject_token_type_unsupported', { subject_token_type: 'urn:ietf:params:oauth:token-type:saml2' }],
    ['subject_token_type_unsupported', { subject_token_type: `${ACCESS_TOKEN} ` }],
    ['subject_token_type_unsupported', { subject_token_type: 'access_token' }],
    ['requested_token_type_unsupported', { requested_token_type: 'urn:ietf:params:oauth:token-type:refresh_token' }],
    ['requested_token_type_unsupported', { requested_token_type: 'urn:x' }],
    ['actor_token_given', { actor_token: 'a' }],
    ['actor_token_given', { actor_token_type: ACCESS_TOKEN }],
    ['scope_malformed', { scope: 'a"' }],
  ])('XG-06 is refused: %s, %j', (failure, changes) => {
    expect(parse(changes)).toEqual({ ok: false, failure });
  });
});
