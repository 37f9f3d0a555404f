import { createBoundedFetch } from '@portcullis/ports';
import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../configuration-error.js';
import type { AssertionIssuer } from '../options.js';
import { KEYS } from '../testing/client-assertions.js';
import { FILES, ISSUER } from '../testing/fixtures.js';
import { platform, provider } from '../testing/identity-provider.js';
import { startTestServer } from '../testing/test-server.js';

const start = (assertionIssuers: readonly unknown[], hasFetch = true) =>
  startTestServer({ assertionIssuers: assertionIssuers as readonly AssertionIssuer[] }, undefined, {
    ...(hasFetch ? { configuredFetch: createBoundedFetch(fetch) } : {}),
  });
const { jwks: _ofProvider, ...byDiscovery } = provider;
const [deploy] = platform.identities;
const withIdentity = (changes: object) => [{ ...platform, identities: [{ ...deploy, ...changes }] }];

it.each<[string, readonly unknown[]]>([
  ['none', []],
  ['one of each kind', [provider, platform]],
  ['keys by discovery', [byDiscovery]],
  ['a slash at the end, as some providers spell themselves', [{ ...byDiscovery, issuer: 'https://tenant.test/' }]],
  ['keys at an address', [{ ...byDiscovery, jwksUri: 'https://keys.test/jwks' }]],
  ['no URL, with keys beside it', [{ ...provider, issuer: 'kubernetes/serviceaccount' }]],
  ['a claim by its beginning', withIdentity({ claims: { sub: { startsWith: 'repo:octo/' } } })],
  ['a resource that is not there yet', withIdentity({ resources: ['https://later.test/mcp'] })],
])('accepts %s', async (_title, issuers) => {
  await expect(start(issuers)).resolves.toBeDefined();
});

describe('refuses what cannot work, by its name and the place', () => {
  it.each<[string, readonly unknown[], RegExp]>([
    ['no issuer', [{ ...provider, issuer: '' }], /"": issuer: is missing/],
    ['ourselves', [{ ...provider, issuer: ISSUER }], /this server itself/],
    [
      'one twice',
      [provider, { ...platform, issuer: provider.issuer }],
      /"https:\/\/idp.test": issuer: occurs more than once/,
    ],
    ['no kind', [{ ...provider, kind: undefined }], /kind: must be identity_provider .* or workload/],
    ['a kind of every object', [{ ...provider, kind: 'constructor' }], /kind: must be/],
    ['a slip of the pen', [{ ...provider, client: ['a'] }], /client: there is no such option/],
    ['what the other kind has', [{ ...provider, identities: [] }], /identities: there is no such option/],
    ['no URL without keys', [{ ...byDiscovery, issuer: 'idp' }], /must be an https URL .* or give its keys as jwks/],
    ['plain http', [{ ...byDiscovery, issuer: 'http://idp.test' }], /must be an https URL/],
    ['keys in two places', [{ ...provider, jwksUri: 'https://idp.test/jwks' }], /jwks: is there beside a jwksUri/],
    ['keys that are none', [{ ...provider, jwks: '{"keys":[]}' }], /jwks: is no JWK Set/],
    [
      'a private key',
      [{ ...provider, jwks: JSON.stringify({ keys: [KEYS.ES256.privateJwk] }) }],
      /jwks: is no JWK Set of public/,
    ],
    [
      'an address of keys by plain http',
      [{ ...byDiscovery, jwksUri: 'http://idp.test/jwks' }],
      /jwksUri: must be an https URL/,
    ],
    ['a shared secret for an algorithm', [{ ...provider, algorithms: ['HS256'] }], /algorithms: must be some of ES256/],
    ['no algorithm', [{ ...provider, algorithms: [] }], /algorithms: must be some of/],
    ['an empty list of clients', [{ ...provider, clients: [] }], /clients: names none/],
    [
      'admission that is no yes or no',
      [{ ...provider, admitsNewUsers: 'no' }],
      /admitsNewUsers: must be true or false/,
    ],
    ['a tenant that is no text', [{ ...provider, tenant: '' }], /tenant: must be a text/],
    ['an empty tenant of ours', [{ ...provider, audienceTenant: '' }], /audienceTenant: must be a text/],
    ['a name that a subject could not hold', [{ ...platform, name: 'a:b' }], /name: must be 1 to 63 characters/],
    ['a name that begins with a hyphen', [{ ...platform, name: '-a' }], /name: must be 1 to 63 .* the first no -/],
    [
      'an identity that begins with a hyphen',
      withIdentity({ name: '-a' }),
      /identities\[0\]\.name: must be 1 to 63 characters/,
    ],
    ['no name', [{ ...platform, name: undefined }], /name: must be 1 to 63 characters/],
    ['the name of another', [platform, { ...platform, issuer: 'https://b.test' }], /name: "builds" is that of another/],
    ['an empty audience', [{ ...platform, audience: '' }], /audience: must be a text/],
    ['no identities', [{ ...platform, identities: [] }], /identities: is empty/],
    ['an identity without a name', withIdentity({ name: '' }), /identities\[0\]\.name: must be 1 to 63 characters/],
    [
      'an identity twice',
      [{ ...platform, identities: [deploy, deploy] }],
      /identities\[1\]\.name: "deploy" occurs more than once/,
    ],
    [
      'no claims',
      withIdentity({ claims: {} }),
      /identities\[0\]\.claims: needs one that tells this workload from others/,
    ],
    ['claims of everybody', withIdentity({ claims: { iss: 'a', aud: 'b' } }), /claims: needs one that tells/],
    ['an empty beginning', withIdentity({ claims: { sub: { startsWith: '' } } }), /claims\.sub: must be a text/],
    ['a claim that is a number', withIdentity({ claims: { sub: 7 } }), /claims\.sub: must be a text/],
    ['a claim that is null', withIdentity({ claims: { sub: null } }), /claims\.sub: must be a text/],
    ['no resources', withIdentity({ resources: [] }), /resources: is empty/],
    ['a resource that is none', withIdentity({ resources: ['files'] }), /resources\[0\]: "files" is no absolute URL/],
    ['no scopes', withIdentity({ scopes: [] }), /scopes: is empty/],
    ['two scopes in one', withIdentity({ scopes: ['a b'] }), /scopes\[0\]: "a b" is no scope/],
    [
      'a slip in an identity',
      withIdentity({ scope: ['a'], resources: [FILES] }),
      /identities\[0\]\.scope: there is no such option/,
    ],
  ])('%s', async (_title, issuers, message) => {
    const started = start(issuers);
    await expect(started).rejects.toThrow(ConfigurationError);
    await expect(started).rejects.toThrow(message);
    await expect(started).rejects.not.toThrow(KEYS.ES256.privateJwk.d);
  });

  it('all of it at once, one a line', async () => {
    const issuers = [
      { ...provider, issuer: ISSUER, clients: [], client: ['a'] },
      { ...platform, name: 'a:b', identities: [{ ...deploy, claims: { sub: '' }, scopes: [] }, deploy] },
      { ...platform, issuer: provider.issuer, kind: 'partner' },
      { ...platform, name: 'a:b' },
    ];
    const error = await start(issuers).catch((thrown: unknown) => thrown);
    expect(String((error as Error).message).split('\n')).toEqual([
      `assertionIssuers: "${ISSUER}": issuer: is this server itself, whose tokens are no assertions`,
      `assertionIssuers: "${ISSUER}": client: there is no such option`,
      `assertionIssuers: "${ISSUER}": clients: names none; leave it out for every confidential client with the grant`,
      expect.stringMatching(/"https:\/\/builds.test": name: must be 1 to 63 characters/),
      expect.stringMatching(/: identities\[0\]\.claims\.sub: must be a text/),
      expect.stringMatching(/: identities\[0\]\.scopes: is empty/),
      expect.stringMatching(/: identities\[1\]\.name: "deploy" occurs more than once/),
      expect.stringMatching(/"https:\/\/idp.test": kind: must be identity_provider/),
      expect.stringMatching(/: name: must be 1 to 63 characters/),
      expect.stringMatching(/"https:\/\/builds.test": issuer: occurs more than once/),
      expect.stringMatching(/: name: "a:b" is that of another issuer as well/),
    ]);
  });

  it('keys to be fetched without a way to', async () => {
    await expect(start([byDiscovery], false)).rejects.toThrow(/there is no configuredFetch/);
    await expect(start([provider, platform], false)).resolves.toBeDefined();
  });
});
