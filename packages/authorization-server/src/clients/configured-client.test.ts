import type { Client } from '@portcullis/ports';
import { expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { TOKEN_GRANTS } from '../grants/index.js';
import { conf, jwksOf, KEYS } from '../testing/client-assertions.js';
import { clients, configuredClient } from '../testing/fixtures.js';
import { createScriptedFetch } from '../testing/scripted-fetch.js';
import { startTestServer } from '../testing/test-server.js';
import { findClientProblem } from './configured-client.js';

const clientSecretHash = clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash;
const secret = { tokenEndpointAuthMethod: 'client_secret_basic', clientSecretHash } as const;
const keys = { tokenEndpointAuthMethod: 'private_key_jwt', jwks: jwksOf(KEYS.ES256) } as const;
const machine = { grantTypes: ['client_credentials'], redirectUris: [] };
const ADDRESS = 'https://client.test/jwks';
const { untrustedFetch } = createScriptedFetch();
const set = (...jwks: readonly object[]): string => JSON.stringify({ keys: jwks });

it.each<[string, Partial<Client>]>([
  ['a person signs in to', {}],
  ['cannot refresh', { grantTypes: ['authorization_code'] }],
  ['acts in its own name with a secret', { ...secret, ...machine }],
  ['acts in its own name with a key', { ...keys, ...machine }],
  ['does both', { ...secret, grantTypes: ['authorization_code', 'client_credentials'] }],
  ['has its keys at an address', { ...keys, jwks: undefined, jwksUri: ADDRESS }],
  ['has scopes of its own', { ...secret, ...machine, scopes: ['files:read'] }],
])('accepts a client that %s', async (_title, changes) => {
  const configuredClients = [configuredClient('one', changes)];
  await expect(startTestServer({ configuredClients }, undefined, { untrustedFetch })).resolves.toBeDefined();
});

it.each<[string, Partial<Client>, RegExp]>([
  ['no grant', { grantTypes: [] }, /no grant type/],
  ['a grant that there is not', { grantTypes: ['authorization_code', 'implicit'] }, /"implicit"/],
  ['no redirect URI', { redirectUris: [] }, /no redirect URI/],
  ['redirect URIs without use', { ...secret, grantTypes: ['client_credentials'] }, /but not authorization_code/],
  [
    'refresh tokens without use',
    { ...secret, ...machine, grantTypes: ['client_credentials', 'refresh_token'] },
    /refresh_token without/,
  ],
  ['client_credentials and no proof', machine, /public client cannot have/],
  ['a secret method without a secret', { tokenEndpointAuthMethod: 'client_secret_post' }, /needs a secret exactly/],
  ['a secret without a method', { clientSecretHash }, /needs a secret exactly/],
  ['a secret beside a key', { ...keys, clientSecretHash }, /needs a secret exactly/],
  ['private_key_jwt without keys', { ...keys, jwks: undefined }, /either jwks or jwksUri/],
  ['keys in two places', { ...keys, jwksUri: ADDRESS }, /either jwks or jwksUri/],
  ['keys without private_key_jwt', { jwks: keys.jwks }, /either jwks or jwksUri/],
  ['an address of keys without private_key_jwt', { ...secret, jwksUri: ADDRESS }, /either jwks or jwksUri/],
  ['a private key', { ...keys, jwks: set(KEYS.ES256.privateJwk) }, /private or symmetric/],
  ['a symmetric key', { ...keys, jwks: set({ kty: 'oct', k: 'AAAA' }) }, /private or symmetric/],
  ['a jwks that is no JSON', { ...keys, jwks: '{' }, /no JWK Set/],
  ['a jwks with a member twice', { ...keys, jwks: '{"keys":[],"keys":[]}' }, /no JWK Set/],
  ['a jwks without a key of use', { ...keys, jwks: set({ ...KEYS.ES256.publicJwk, use: 'enc' }) }, /without a key/],
  [
    'an address of keys that is not https',
    { ...keys, jwks: undefined, jwksUri: 'http://client.test/' },
    /no https URL/,
  ],
  ['an empty list of scopes', { scopes: [] }, /scopes that are none/],
  ['a scope that is two', { scopes: ['a b'] }, /scopes that are none/],
])('refuses a client with %s at construction, and names it', async (_title, changes, message) => {
  const configuredClients = [configuredClient('one', changes)];
  const start = startTestServer({ configuredClients }, undefined, { untrustedFetch });
  await expect(start).rejects.toThrow(ConfigurationError);
  await expect(start).rejects.toThrow(message);
  await expect(start).rejects.toThrow(/^configuredClients: "one" /);
});

it('refuses an address of keys where nothing may go there', async () => {
  const configuredClients = [configuredClient('one', { ...keys, jwks: undefined, jwksUri: ADDRESS })];
  await expect(startTestServer({ configuredClients })).rejects.toThrow(/needs an untrustedFetch/);
});

it('shows no key in its message', () => {
  const { d = '' } = KEYS.ES256.privateJwk;
  const problem = findClientProblem({ ...conf, jwks: set(KEYS.ES256.privateJwk) }, {});
  expect(problem).not.toContain(d);
});

it('knows every grant there is', () => {
  for (const { grantType } of TOKEN_GRANTS) {
    const client = configuredClient('one', { ...secret, grantTypes: [...new Set(['authorization_code', grantType])] });
    expect(findClientProblem(client, {})).toBeUndefined();
  }
});
