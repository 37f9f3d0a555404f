import { describe, expect, it } from 'vitest';
import { TOKEN_GRANTS } from '../grants/index.js';
import { configuredClient } from '../testing/fixtures.js';
import { checkClient } from './check-client.js';

const machine = {
  redirectUris: [],
  grantTypes: ['client_credentials'],
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash: 'x'.repeat(43),
} as const;
const keys = { tokenEndpointAuthMethod: 'private_key_jwt', clientSecretHash: undefined } as const;
const key = { kty: 'EC', crv: 'P-256', x: 'x'.repeat(43), y: 'y'.repeat(43) };
const jwks = JSON.stringify({ keys: [key] });

describe('checkClient', () => {
  it('knows every grant there is', () => {
    for (const { grantType } of TOKEN_GRANTS) {
      const problems = checkClient(configuredClient('m', { ...machine, grantTypes: [grantType] }), []);
      expect(problems).not.toContainEqual(expect.objectContaining({ message: 'is no grant type that there is' }));
    }
  });

  it('takes public, confidential and machine clients, and listed private-use schemes', () => {
    expect(checkClient(configuredClient('pub', {}), [])).toEqual([]);
    expect(checkClient(configuredClient('m', machine), [])).toEqual([]);
    expect(checkClient(configuredClient('m', { ...machine, ...keys, jwks }), [])).toEqual([]);
    expect(checkClient(configuredClient('m', { ...machine, ...keys, jwksUri: 'https://m.test/jwks' }), [])).toEqual([]);
    expect(
      checkClient(configuredClient('nat', { redirectUris: ['com.example.app:/cb'] }), ['com.example.app']),
    ).toEqual([]);
  });

  it.each([
    ['an id that is a URL', { clientId: 'HTTPS://app.test/c' }, 'clientId'],
    ['an id with a space', { clientId: 'a b' }, 'clientId'],
    ['no grant', { grantTypes: [], redirectUris: [] }, 'grantTypes'],
    ['a grant that does not exist', { grantTypes: ['authorization_code', 'password'] }, 'grantTypes[1]'],
    [
      'refreshing what is never granted',
      { ...machine, grantTypes: ['client_credentials', 'refresh_token'] },
      'grantTypes',
    ],
    ['no redirect URI for a code', { redirectUris: [] }, 'redirectUris'],
    ['a redirect URI for nothing', { ...machine, redirectUris: ['https://app.test/cb'] }, 'redirectUris'],
    ['a redirect URI that is not allowed', { redirectUris: ['https://app.test/cb', 'a.b:/c'] }, 'redirectUris[1]'],
    [
      'a public client in its own name',
      { ...machine, tokenEndpointAuthMethod: 'none', clientSecretHash: undefined },
      'tokenEndpointAuthMethod',
    ],
    ['a secret method without one', { ...machine, clientSecretHash: undefined }, 'clientSecretHash'],
    ['a public client with a secret', { clientSecretHash: 'x'.repeat(43) }, 'clientSecretHash'],
    ['keys beside a secret', { ...machine, jwks }, 'jwks'],
    ['keys at two places', { ...machine, ...keys, jwks, jwksUri: 'https://m.test/jwks' }, 'jwks'],
    ['a key method without keys', { ...machine, ...keys }, 'jwks'],
    ['keys that are none', { ...machine, ...keys, jwks: '{"keys":[]}' }, 'jwks'],
    ['a text that is no JSON', { ...machine, ...keys, jwks: 'canary' }, 'jwks'],
    ['a private key', { ...machine, ...keys, jwks: JSON.stringify({ keys: [{ ...key, d: 'canary' }] }) }, 'jwks'],
    ['keys that are served without TLS', { ...machine, ...keys, jwksUri: 'http://m.test/jwks' }, 'jwksUri'],
    ['no scope', { scopes: [] }, 'scopes'],
    ['a scope that is none', { scopes: ['a', 'b c'] }, 'scopes[1]'],
  ] as const)('AZ-12, AZ-15 names what is wrong: %s', (_what, changes, place) => {
    const problems = checkClient(configuredClient('pub', changes), []);
    expect(JSON.stringify(problems)).not.toContain('canary');
    expect(problems.map(({ member, index }) => (index === undefined ? member : `${member}[${index}]`))).toEqual([
      place,
    ]);
  });
});
