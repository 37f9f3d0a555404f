import type { Client } from '@portcullis/ports';
import { DEVICE_CODE_GRANT_TYPE, JWT_BEARER_GRANT_TYPE, TOKEN_EXCHANGE_GRANT_TYPE } from '@portcullis/protocol';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import { TOKEN_GRANTS } from '../grants/index.js';
import { jwksOf, KEYS } from '../testing/client-assertions.js';
import { configuredClient, FILES, MAIL } from '../testing/fixtures.js';
import { createScriptedFetch } from '../testing/scripted-fetch.js';
import { startTestServer } from '../testing/test-server.js';
import { checkClient } from './check-client.js';

const clientSecretHash = 'x'.repeat(43);
const secret = { tokenEndpointAuthMethod: 'client_secret_basic', clientSecretHash } as const;
const machine = { ...secret, grantTypes: ['client_credentials'], redirectUris: [] } as const;
const keys = { tokenEndpointAuthMethod: 'private_key_jwt', clientSecretHash: undefined } as const;
const jwks = jwksOf(KEYS.ES256);
const jwksUri = 'https://client.test/jwks';
const set = (...jwk: readonly object[]): string => JSON.stringify({ keys: jwk });

const tokenExchange = { subjectResources: [FILES], targetResources: [MAIL] };
const service = { ...machine, grantTypes: [TOKEN_EXCHANGE_GRANT_TYPE], tokenExchange };

const GOOD: readonly [string, Partial<Client>][] = [
  ['a person signs in to', {}],
  ['cannot refresh', { grantTypes: ['authorization_code'] }],
  ['acts in its own name with a secret', machine],
  ['acts in its own name with a key', { ...machine, ...keys, jwks }],
  ['is a device', { grantTypes: [DEVICE_CODE_GRANT_TYPE, 'refresh_token'], redirectUris: [] }],
  ['is a device that cannot refresh', { grantTypes: [DEVICE_CODE_GRANT_TYPE], redirectUris: [] }],
  ['acts by assertions alone', { ...machine, grantTypes: [JWT_BEARER_GRANT_TYPE] }],
  ['does both', { ...secret, grantTypes: ['authorization_code', 'client_credentials'] }],
  ['has its keys at an address', { ...keys, jwksUri }],
  ['acts for those who call it', service],
  ['pushes its requests', { requirePushedAuthorizationRequests: true }],
  ['has none to push, and need not', { ...machine, requirePushedAuthorizationRequests: false }],
  ['has scopes of its own', { ...machine, scopes: ['files:read'] }],
];

/** What is wrong, where, and in words that follow the place. */
const BAD: readonly [string, Partial<Client>, string, RegExp][] = [
  ['an id that is a URL', { clientId: 'HTTPS://app.test/c' }, 'clientId', /must not be a URL/],
  ['an id as workloads have', { clientId: 'workload:a:b' }, 'clientId', /must not begin with workload:/],
  [
    'the grant by assertion and no proof',
    { grantTypes: ['authorization_code', JWT_BEARER_GRANT_TYPE] },
    'tokenEndpointAuthMethod',
    /prove who they are/,
  ],
  ['an id with a space', { clientId: 'a b' }, 'clientId', /printable ASCII characters without space/],
  ['no grant', { grantTypes: [], redirectUris: [] }, 'grantTypes', /no grant/],
  ['a grant that there is not', { grantTypes: ['authorization_code', 'implicit'] }, 'grantTypes[1]', /no grant type/],
  [
    'refresh tokens without use',
    { ...machine, grantTypes: ['client_credentials', 'refresh_token'] },
    'grantTypes',
    /refresh_token without/,
  ],
  [
    'requests to push and none to make',
    { ...machine, requirePushedAuthorizationRequests: true },
    'requirePushedAuthorizationRequests',
    /for authorization_code alone/,
  ],
  [
    'a response parameter',
    { redirectUris: ['https://app.test/cb?a=b&iss=x'] },
    'redirectUris[0]',
    /what the answer carries/,
  ],
  ['no redirect URI', { redirectUris: [] }, 'redirectUris', /needed where/],
  [
    'redirect URIs without use',
    { ...machine, redirectUris: ['https://app.test/cb'] },
    'redirectUris',
    /used by authorization_code alone/,
  ],
  [
    'redirect URIs of a device',
    { grantTypes: [DEVICE_CODE_GRANT_TYPE] },
    'redirectUris',
    /used by authorization_code alone/,
  ],
  [
    'a redirect URI of a scheme that nobody listed',
    { redirectUris: ['https://app.test/cb', 'a.b:/c'] },
    'redirectUris[1]',
    /allowedRedirectSchemes does not list/,
  ],
  ['a redirect URI without TLS', { redirectUris: ['http://app.test/cb'] }, 'redirectUris[0]', /must be https/],
  [
    'client_credentials and no proof',
    { ...machine, tokenEndpointAuthMethod: 'none', clientSecretHash: undefined },
    'tokenEndpointAuthMethod',
    /prove who they are/,
  ],
  [
    'token exchange and no proof',
    { ...service, tokenEndpointAuthMethod: 'none', clientSecretHash: undefined },
    'tokenEndpointAuthMethod',
    /token-exchange is for clients that prove who they are/,
  ],
  [
    'jwt-bearer and no proof',
    { ...machine, grantTypes: [JWT_BEARER_GRANT_TYPE], tokenEndpointAuthMethod: 'none', clientSecretHash: undefined },
    'tokenEndpointAuthMethod',
    /jwt-bearer is for clients that prove who they are/,
  ],
  [
    'token exchange between what it does not say',
    { ...machine, grantTypes: [TOKEN_EXCHANGE_GRANT_TYPE] },
    'tokenExchange',
    /is missing/,
  ],
  ['consent that nobody can give', { ...machine, consentRequired: true }, 'consentRequired', /grant one as well/],
  ['resources to exchange between without use', { ...machine, tokenExchange }, 'tokenExchange', /grant it as well/],
  ['token exchange from nowhere', exchanging({ subjectResources: [] }), 'tokenExchange', /none in subjectResources/],
  ['token exchange to nowhere', exchanging({ targetResources: [] }), 'tokenExchange', /none in targetResources/],
  [
    'token exchange from what is no resource',
    exchanging({ subjectResources: [FILES, 'files'] }),
    'tokenExchange',
    /in subjectResources\[1\] what is no absolute URL/,
  ],
  [
    'token exchange to what is no resource',
    exchanging({ targetResources: [`${MAIL}#x`] }),
    'tokenExchange',
    /in targetResources\[0\] what is no absolute URL/,
  ],
  ['a secret method without a secret', { ...machine, clientSecretHash: undefined }, 'clientSecretHash', /is missing/],
  ['a secret without a method', { clientSecretHash }, 'clientSecretHash', /is not used/],
  ['a secret beside a key', { ...keys, jwks, clientSecretHash }, 'clientSecretHash', /is not used/],
  ['private_key_jwt without keys', keys, 'jwks', /exactly one of jwks and jwksUri/],
  ['keys in two places', { ...keys, jwks, jwksUri }, 'jwks', /exactly one of jwks and jwksUri/],
  ['keys without private_key_jwt', { ...secret, jwks }, 'jwks', /is not used/],
  ['an address of keys without private_key_jwt', { ...secret, jwksUri }, 'jwksUri', /is not used/],
  ['a private key', { ...keys, jwks: set(KEYS.ES256.privateJwk) }, 'jwks', /private or symmetric/],
  ['a symmetric key', { ...keys, jwks: set({ kty: 'oct', k: 'AAAA' }) }, 'jwks', /private or symmetric/],
  ['a jwks that is no JSON', { ...keys, jwks: '{' }, 'jwks', /no JWK Set/],
  ['a jwks with a member twice', { ...keys, jwks: '{"keys":[],"keys":[]}' }, 'jwks', /no JWK Set/],
  [
    'a jwks without a key of use',
    { ...keys, jwks: set({ ...KEYS.ES256.publicJwk, use: 'enc' }) },
    'jwks',
    /with a key/,
  ],
  ['a jwks with an exponent of 1', { ...keys, jwks: set({ ...KEYS.RS256.publicJwk, e: 'AQ' }) }, 'jwks', /with a key/],
  [
    'an address of keys that is too long',
    { ...keys, jwksUri: `https://client.test/${'x'.repeat(2048)}` },
    'jwksUri',
    /must be an https URL/,
  ],
  ['an address of keys without TLS', { ...keys, jwksUri: 'http://client.test/' }, 'jwksUri', /must be an https URL/],
  ['an empty list of scopes', { scopes: [] }, 'scopes', /names none/],
  ['a scope that is two', { scopes: ['a', 'b c'] }, 'scopes[1]', /is no scope/],
];

function exchanging(changes: Partial<typeof tokenExchange>): Partial<Client> {
  return { ...service, tokenExchange: { ...tokenExchange, ...changes } };
}

describe('checkClient', () => {
  it.each(GOOD)('accepts a client that %s', (_title, changes) => {
    expect(checkClient(configuredClient('one', changes), [])).toEqual([]);
  });

  it('accepts a private-use scheme that is listed', () => {
    const client = configuredClient('nat', { redirectUris: ['com.example.app:/cb'] });
    expect(checkClient(client, ['com.example.app'])).toEqual([]);
  });

  it.each(BAD)('AZ-09, AZ-12, AZ-15 names what is wrong: %s', (_title, changes, place, message) => {
    const [problem, ...others] = checkClient(configuredClient('one', changes), []);
    expect(others).toEqual([]);
    expect(problem?.index === undefined ? problem?.member : `${problem.member}[${problem.index}]`).toBe(place);
    expect(problem?.message).toMatch(message);
    expect(problem?.message).not.toContain(KEYS.ES256.privateJwk.d);
  });

  it('knows every grant there is', () => {
    for (const { grantType } of TOKEN_GRANTS) {
      const client = configuredClient('one', {
        ...secret,
        grantTypes: [...new Set(['authorization_code', grantType])],
        ...(grantType === TOKEN_EXCHANGE_GRANT_TYPE ? { tokenExchange } : {}),
      });
      expect(checkClient(client, [])).toEqual([]);
    }
  });
});

describe('a configured client', () => {
  it('that can be is served', async () => {
    const configuredClients = GOOD.map(([, changes], index) => configuredClient(`client-${index}`, changes));
    const { untrustedFetch } = createScriptedFetch();
    await expect(startTestServer({ configuredClients }, undefined, { untrustedFetch })).resolves.toBeDefined();
  });

  it('that cannot be is refused at construction, by its name and the place', async () => {
    const start = startTestServer({
      configuredClients: [configuredClient('one', { redirectUris: ['http://a.test/'] })],
    });
    await expect(start).rejects.toThrow(ConfigurationError);
    await expect(start).rejects.toThrow('configuredClients: "one": redirectUris[0]: must be https');
  });

  it('with keys at an address is refused where nothing may go there', async () => {
    const start = startTestServer({ configuredClients: [configuredClient('one', { ...keys, jwksUri })] });
    await expect(start).rejects.toThrow(/"one" has a jwksUri, which needs an untrustedFetch/);
  });
});
