import type { Client } from '@portcullis/ports';
import { createMemoryStorage, type MemoryStorage } from '@portcullis/ports/memory';
import { JWT_BEARER_GRANT_TYPE } from '@portcullis/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import type { AuthorizationServerOptions } from '../options.js';
import { clients, configuredClient, FILES, type Form, resources, SECRET } from '../testing/fixtures.js';
import { byAssertion, provider, signIdJag } from '../testing/identity-provider.js';
import { expectRefusal, obtainCode, redemption, refreshing, type Tokens } from '../testing/test-client.js';
import { startTestServer, type TestServer } from '../testing/test-server.js';
import { TOKEN_GRANTS } from './index.js';

// Every check that each way to tokens has to make, at each of them. A grant without a row here fails the last test.

const clientSecretHash = clients.find(({ clientId }) => clientId === 'bas')?.clientSecretHash;
const all = configuredClient('all', {
  tokenEndpointAuthMethod: 'client_secret_basic',
  clientSecretHash,
  grantTypes: ['authorization_code', 'refresh_token', 'client_credentials', JWT_BEARER_GRANT_TYPE],
});
const authorization = `Basic ${btoa(`all:${SECRET}`)}`;
const isOther = (resource: { readonly identifier: string }) => resource.identifier !== FILES;

/** A world in which one thing has changed, and what the request is answered then. */
interface Change {
  readonly options: Partial<AuthorizationServerOptions>;
  /** Status, error and reason; a grant that asks anew is told what it asks for that it cannot have. */
  readonly refusal: Refusal;
  readonly ofFreshRequest?: Refusal;
  /** Whether the client proves nothing then, but its name. */
  readonly isPublic?: boolean;
}
type Refusal = readonly [status: number, error: string, reason: string];

const withClient = (changes: Partial<Client>) => ({ configuredClients: [{ ...all, ...changes }] });
const CHANGES: Readonly<Record<string, Change>> = {
  'the client is gone': {
    options: { configuredClients: [] },
    refusal: [401, 'invalid_client', 'client_unknown'],
  },
  'the client has another secret': {
    options: withClient({ clientSecretHash: 'another' }),
    refusal: [401, 'invalid_client', 'client_secret_wrong'],
  },
  'the client has another method': {
    options: withClient({ tokenEndpointAuthMethod: 'client_secret_post' }),
    refusal: [401, 'invalid_client', 'client_method_mismatch'],
  },
  'the client has become easier to pass for': {
    options: withClient({
      tokenEndpointAuthMethod: 'none',
      clientSecretHash: undefined,
      grantTypes: ['authorization_code', 'refresh_token'],
    }),
    isPublic: true,
    refusal: [401, 'invalid_client', 'client_became_weaker'],
    ofFreshRequest: [400, 'unauthorized_client', 'grant_type_not_of_client'],
  },
  'the resource is gone': {
    options: { resources: resources.filter(isOther) },
    refusal: [400, 'invalid_grant', 'resource_gone'],
    ofFreshRequest: [400, 'invalid_target', 'resource_unknown'],
  },
  'the scope is gone from the resource': {
    options: {
      resources: resources.map((resource) => ({
        ...resource,
        scopes: [{ name: 'files:list', description: 'list' }],
        defaultScopes: ['files:list'],
      })),
    },
    refusal: [400, 'invalid_grant', 'scope_gone'],
    ofFreshRequest: [400, 'invalid_scope', 'scope_unknown'],
  },
  'the scope is gone from the client': {
    options: withClient({ scopes: ['files:list'] }),
    refusal: [400, 'invalid_grant', 'scope_gone'],
    ofFreshRequest: [400, 'invalid_scope', 'scope_beyond_registration'],
  },
};

/** One way to tokens: what it takes while all is well, and the request it makes with that. */
interface Path {
  readonly isFreshRequest: boolean;
  readonly prepare: (test: TestServer) => Promise<Form>;
  /** A client that may not use this grant, but others. */
  readonly otherGrants: Partial<Client>;
  /** By what has changed, where this grant has an answer of its own. */
  readonly refusals?: Readonly<Record<string, Refusal>>;
}

const PATHS: Readonly<Record<string, Path>> = {
  authorization_code: {
    isFreshRequest: false,
    prepare: async (test) => redemption(await obtainCode(test, { client_id: 'all' }), { client_id: 'all' }),
    otherGrants: { grantTypes: ['client_credentials'], redirectUris: [] },
  },
  refresh_token: {
    isFreshRequest: false,
    prepare: async (test) => {
      const form = redemption(await obtainCode(test, { client_id: 'all' }), { client_id: 'all' });
      const response = await test.postForm('/token', form, { authorization });
      return refreshing(((await response.json()) as Tokens).refresh_token, { client_id: 'all' });
    },
    otherGrants: { grantTypes: ['authorization_code', 'client_credentials'] },
  },
  client_credentials: {
    isFreshRequest: true,
    prepare: async () => ({ grant_type: 'client_credentials', client_id: 'all', resource: FILES, scope: 'files:read' }),
    otherGrants: { grantTypes: ['authorization_code', 'refresh_token'] },
  },
  [JWT_BEARER_GRANT_TYPE]: {
    isFreshRequest: true,
    prepare: async (test) => byAssertion(await signIdJag(test, { claims: { client_id: 'all' } }), { client_id: 'all' }),
    otherGrants: { grantTypes: ['authorization_code', 'refresh_token'] },
    // What is asked for is narrowed, until nothing is left.
    refusals: { 'the scope is gone from the client': [400, 'invalid_scope', 'scope_unknown'] },
  },
};

let storage: MemoryStorage;
beforeEach(() => {
  storage = createMemoryStorage();
});

const start = (options: Partial<AuthorizationServerOptions> = {}) =>
  startTestServer({ configuredClients: [all], assertionIssuers: [provider], ...options }, storage);

describe.each(Object.entries(PATHS))('%s', (grantType, path) => {
  const changes: Readonly<Record<string, Change>> = {
    ...CHANGES,
    'the client may no longer use the grant': {
      options: withClient(path.otherGrants),
      refusal: [400, 'unauthorized_client', 'grant_type_not_of_client'],
    },
  };

  it.each(Object.entries(changes))('issues nothing when %s, and everything when it is back', async (title, change) => {
    const form = await path.prepare(await start());
    const before = storage.events.length;
    const changed = await start(change.options);
    const fresh = path.isFreshRequest ? change.ofFreshRequest : undefined;
    const [status, error, reason] = path.refusals?.[title] ?? fresh ?? change.refusal;
    const response = await changed.postForm('/token', form, change.isPublic === true ? {} : { authorization });
    await expectRefusal(response, status, error);
    expect(changed.events).toMatchObject([{ outcome: 'refused', reason, clientId: 'all' }]);
    expect(storage.events).toHaveLength(before);
    expect((await (await start()).postForm('/token', form, { authorization })).status).toBe(200);
  });

  it('is a grant that there is', () => {
    expect(TOKEN_GRANTS.map((grant) => grant.grantType)).toContain(grantType);
  });
});

it('has a row for every grant', () => {
  expect(Object.keys(PATHS).sort()).toEqual(TOKEN_GRANTS.map((grant) => grant.grantType).sort());
});
