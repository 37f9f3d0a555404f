import { expect, it } from 'vitest';
import { clients, configuredClient } from '../testing/fixtures.js';
import { startTestServer } from '../testing/test-server.js';
import { findWrongMember } from './client-members.js';

it('finds nothing wrong with clients', () => {
  const tokenExchange = { subjectResources: ['https://a.test'], targetResources: ['https://b.test'] };
  for (const client of [...clients, configuredClient('x', { tokenExchange, scopes: ['a'], consentRequired: true })]) {
    expect(findWrongMember(client)).toBeUndefined();
  }
});

it.each([
  [{ clientName: undefined }, 'clientName: is missing, and must be a text'],
  [
    { redirectUris: undefined },
    'redirectUris: is missing, and must be a list of texts, empty where no grant uses redirects',
  ],
  [{ grantTypes: 'authorization_code' }, 'grantTypes: must be a list of texts'],
  [{ source: undefined }, 'source: is missing, and must be configured'],
  [{ clientName: '' }, 'clientName: is empty'],
  [{ source: 'registered' }, 'source: must be configured'],
  [{ source: 'dynamic' }, 'source: must be configured'],
  [{ source: 'metadata_document' }, 'source: must be configured'],
  [{ tokenEndpointAuthMethod: 'basic' }, /^tokenEndpointAuthMethod: must be one of none, /],
  [{ clientSecretHash: 'the secret itself' }, 'clientSecretHash: must be the SHA-256 of the secret, in base64url'],
  [{ jwks: { keys: [] } }, 'jwks: must be a JWK Set as JSON text'],
  [{ consentRequired: 'yes' }, 'consentRequired: must be true or false'],
  [
    { tokenExchange: { subjectResources: ['https://a.test'] } },
    /^tokenExchange: must be \{subjectResources, targetResources\}/,
  ],
  [{ createdAtEpochSeconds: undefined }, /^createdAtEpochSeconds: is missing/],
  [{ clientSecret: 'as the gate writes it' }, 'clientSecret: a client has no such member'],
])('F-12 says at construction what is wrong with the members %j', async (changes, message) => {
  const client = { ...configuredClient('c'), ...changes } as never;
  expect(findWrongMember(client)).toMatch(message);
  await expect(startTestServer({ configuredClients: [client] })).rejects.toThrow(
    `configuredClients: "c": ${findWrongMember(client)}`,
  );
});
