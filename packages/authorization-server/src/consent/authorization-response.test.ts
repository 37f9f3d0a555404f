import { nodePlatform } from '@portcullis/ports/node';
import { describe, expect, it } from 'vitest';
import { buildCodeLocation, buildErrorLocation, createResponseSealer } from './authorization-response.js';

const issuer = 'https://as.test';

describe('authorization response', () => {
  it('carries code, state and issuer, and leaves the registered URI as it is', () => {
    expect(buildCodeLocation({ redirectUri: 'https://app.test/cb?x=%7e', state: 'a b&c' }, 'pcc_1', issuer)).toBe(
      'https://app.test/cb?x=%7e&code=pcc_1&state=a+b%26c&iss=https%3A%2F%2Fas.test',
    );
    expect(buildCodeLocation({ redirectUri: 'cursor:/cb', state: undefined }, 'pcc_1', issuer)).toBe(
      'cursor:/cb?code=pcc_1&iss=https%3A%2F%2Fas.test',
    );
  });

  it('carries error, state and issuer', () => {
    const location = buildErrorLocation({ redirectUri: 'https://app.test/cb', state: 's' }, 'scope_unknown', issuer);
    expect(Object.fromEntries(new URL(location).searchParams)).toEqual({
      error: 'invalid_scope',
      error_description: 'The scope is not one that can be granted.',
      state: 's',
      iss: issuer,
    });
  });

  it('CB-07 opens a sealed answer with the same handle and browser only', async () => {
    const sealed = await createResponseSealer(nodePlatform, 'handle', 'browser').seal('location', 'context');
    expect(await createResponseSealer(nodePlatform, 'handle', 'browser').open(sealed, 'context')).toBe('location');
    expect(await createResponseSealer(nodePlatform, 'handle', 'other').open(sealed, 'context')).toBeUndefined();
    expect(await createResponseSealer(nodePlatform, 'other', 'browser').open(sealed, 'context')).toBeUndefined();
  });
});
