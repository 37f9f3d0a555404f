import { beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { clientCredentials } from '../grants/client-credentials.js';
import { enterpriseManaged } from '../grants/enterprise-managed.js';
import { createOAuthFetch, type OAuthFetchOptions } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { optionsFor } from '../testing/client-of.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createSession } from './session.js';

const AS2 = 'https://as2.example';
const IDP = 'https://idp.example/token';
const CIMD = { client_id_metadata_document_supported: true };

let server: ProtectedServer;
beforeEach(() => {
  server = createProtectedServer({ metadata: CIMD });
});

/** The server names another authorization server from now on, and takes its tokens alone. */
function move(): void {
  const second = createProtectedServer({ issuer: AS2, metadata: CIMD });
  for (const [url, route] of second.routes) server.routes.set(url, route);
  server.fetch = second.fetch;
  server.respond = second.respond;
}

const client = (options: Partial<OAuthFetchOptions>) => createOAuthFetch(optionsFor(server, options));
const sentTo = (origin: string) => server.seen.filter(({ url }) => url.startsWith(origin));

/** Keeps registrations alone: what says where the server was signed in at stays that of before. */
const keepRegistrations =
  (store: ClientStore): ClientStore['save'] =>
  async (key, record) => {
    if (key.kind === 'registration') await store.save(key, record);
  };

async function ecKey(): Promise<CryptoKey> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
  return pair.privateKey;
}

const enterprise = () =>
  enterpriseManaged({
    transport: server.transport,
    identityProviderTokenEndpoint: IDP,
    clientId: 'at-idp',
    clientSecret: 'idp-secret',
    idToken: async () => 'the-id-token',
  });

describe('CL-06 a client that was registered by hand', () => {
  const secret = async () => ({ clientId: 'conf', clientSecret: 's3cret' });
  const key = async () => ({ clientId: 'conf', privateKey: await ecKey() });
  const pinned = async () => ({ ...(await key()), issuer: 'https://as.example' });
  const browser = () => authorizationCode(server.signIn);

  it.each([
    ['a secret', secret, browser],
    ['a key', key, browser],
    ['a key, and its issuer named', pinned, browser],
    ['a secret, as a machine', secret, clientCredentials],
    ['a key, as a machine', key, clientCredentials],
    ['a secret, by its identity provider', secret, enterprise],
  ])(
    'with %s sends nothing to the authorization server that comes later, also started again',
    async (_how, make, grant) => {
      server.routes.set(IDP, ({ form }) => ({
        json: {
          access_token: `for ${form.get('audience')}`,
          issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
        },
      }));
      const options = { store: createMemoryStore(), client: { preRegistered: await make() }, grant: grant() };
      const first = client(options);
      expect((await first(server.serverUrl)).ok).toBe(true);
      move();
      const before = sentTo(IDP).length;
      for (const fetch of [first, client(options)]) {
        await expect(fetch(server.serverUrl)).rejects.toMatchObject({ code: 'issuer_changed' });
      }
      expect(sentTo(AS2).map(({ method }) => method)).toEqual(['GET', 'GET']);
      expect(server.authorizations.filter(({ origin }) => origin === AS2)).toEqual([]);
      // Not even the identity provider is asked for an assertion that the other one could use.
      expect(sentTo(IDP)).toHaveLength(before);
    },
  );
});

describe('CL-06 a client that was registered by hand, and signed out', () => {
  const preRegistered = { clientId: 'conf', clientSecret: 's3cret' };

  it('is held to the first authorization server all the same, until another one is named with it', async () => {
    const store = createMemoryStore();
    const options = { store, client: { preRegistered } };
    const session = createSession(optionsFor(server, options));
    await session.signIn();
    await session.signOut();
    move();
    await expect(session.signIn()).rejects.toMatchObject({ code: 'issuer_changed' });
    expect(JSON.stringify(sentTo(AS2))).not.toContain('conf');
    const moved = { store, client: { preRegistered: { ...preRegistered, issuer: AS2 } } };
    await createSession(optionsFor(server, moved)).signIn();
    // It is held to that one from then on, by whoever names none too.
    await createSession(optionsFor(server, options)).signIn();
    const first = createProtectedServer({ metadata: CIMD });
    for (const [url, route] of first.routes) server.routes.set(url, route);
    await expect(createSession(optionsFor(server, options)).signIn()).rejects.toMatchObject({ code: 'issuer_changed' });
  });

  it('is held to the one that it was signed in at by records from before that was kept', async () => {
    const store = createMemoryStore();
    const { serverUrl: resource, issuer } = server;
    await store.save(
      { kind: 'server', issuer: '', resource, profile: 'default' },
      { issuer, resource, is_legacy: false },
    );
    move();
    // The other one has registered somebody by the same id.
    server.routes.set(`${AS2}/register`, () => ({ status: 201, json: { client_id: 'conf' } }));
    await createSession(optionsFor(server, { store: { ...store, save: keepRegistrations(store) } })).signIn();
    const before = server.seen.length;
    for (const grant of [clientCredentials(), authorizationCode(server.signIn)]) {
      const session = createSession(optionsFor(server, { store, grant, client: { preRegistered } }));
      await expect(session.signIn()).rejects.toMatchObject({ code: 'issuer_changed' });
    }
    expect(server.seen.slice(before).filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('CL-06 a client that can be known anywhere', () => {
  it('keeps its metadata document as its id, and none of its tokens', async () => {
    const options = {
      store: createMemoryStore(),
      client: { metadataDocumentUrl: 'https://client.example/client.json' },
    };
    const first = client(options);
    await first(server.serverUrl);
    move();
    expect((await first(server.serverUrl)).ok).toBe(true);
    expect(server.authorizations.map(({ origin }) => origin)).toEqual(['https://as.example', AS2]);
    expect(server.authorizations[1]?.searchParams.get('client_id')).toBe('https://client.example/client.json');
    expect(sentTo(`${AS2}/`).flatMap(({ form }) => form.getAll('grant_type'))).toEqual(['authorization_code']);
  });

  it('has another assertion made for another authorization server, and sends it none of the first', async () => {
    server.routes.set(IDP, ({ form }) => ({
      json: {
        access_token: `for ${form.get('audience')}`,
        issued_token_type: 'urn:ietf:params:oauth:token-type:id-jag',
      },
    }));
    const first = client({ grant: enterprise() });
    await first(server.serverUrl);
    move();
    expect((await first(server.serverUrl)).ok).toBe(true);
    expect(sentTo(AS2).flatMap(({ form }) => form.getAll('assertion'))).toEqual([`for ${AS2}`]);
    const elsewhere = JSON.stringify(server.seen.filter(({ url }) => url !== IDP));
    for (const leak of ['the-id-token', 'idp-secret']) expect(elsewhere).not.toContain(leak);
  });

  it('registers anew after it was started again, and sends nothing of the first', async () => {
    const store = createMemoryStore();
    server.routes.set('https://as.example/register', () => ({
      status: 201,
      json: { client_id: 'first-id', client_secret: 'first-secret', redirect_uris: ['http://127.0.0.1:1234/callback'] },
    }));
    await client({ store })(server.serverUrl);
    move();
    expect((await client({ store })(server.serverUrl)).ok).toBe(true);
    const sent = JSON.stringify([sentTo(AS2), server.authorizations[1]]);
    for (const leak of ['first-id', 'first-secret', btoa('first-id:first-secret')]) expect(sent).not.toContain(leak);
    expect(sentTo(`${AS2}/`).flatMap(({ form }) => form.getAll('grant_type'))).toEqual(['authorization_code']);
  });

  it('takes records that do not say whose they are for none', async () => {
    const store = createMemoryStore();
    const place = { issuer: server.issuer, profile: 'default' };
    await store.save(
      { ...place, kind: 'server', issuer: '', resource: server.serverUrl },
      { ...place, resource: server.serverUrl },
    );
    await store.save(
      { ...place, kind: 'tokens', resource: server.serverUrl },
      { client_id: 'old', access_token: 'old-at', token_type: 'Bearer', refresh_token: 'old-rt', expires_at: 1 },
    );
    await store.save(
      { ...place, kind: 'registration', resource: '' },
      { client_id: 'old', client_secret: 'old-secret', token_endpoint_auth_method: 'client_secret_post' },
    );
    expect((await client({ store })(server.serverUrl)).ok).toBe(true);
    const sent = JSON.stringify([server.seen, server.calls]);
    for (const leak of ['old-at', 'old-rt', 'old-secret']) expect(sent).not.toContain(leak);
  });
});
