import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { authorizationCode } from '../grants/authorization-code.js';
import { createFileStore } from '../node/file-store.js';
import { createOAuthFetch } from '../oauth-fetch.js';
import type { ClientStore } from '../stores/client-store.js';
import { createMemoryStore } from '../stores/memory-store.js';
import { createProtectedServer, type ProtectedServer } from '../testing/protected-server.js';
import { createOAuthProvider, type OAuthProvider } from './oauth-provider.js';
import type { OAuthProviderOptions } from './provider-options.js';
import { createSdkFetch, type SdkFetch } from './testing/sdk-fetch.js';
import { SDKS, type SdkClient } from './testing/sdk-kinds.js';

let server: ProtectedServer;
let sdk: SdkFetch;
let store: ClientStore;
let now: number;

const directories: string[] = [];
afterAll(() => {
  for (const directory of directories) rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  server = createProtectedServer();
  sdk = createSdkFetch(server);
  store = createMemoryStore();
  now = 1_800_000_000;
});

function newProvider(options: Partial<OAuthProviderOptions> = {}): OAuthProvider {
  return createOAuthProvider({
    serverUrl: server.serverUrl,
    transport: server.transport,
    fetch: server.fetch,
    signIn: server.signIn,
    store,
    now: () => now,
    ...options,
  });
}

/** Each is that of another process. */
function storesOnFiles(): () => ClientStore {
  const directory = mkdtempSync(join(tmpdir(), 'portcullis-provider-'));
  directories.push(directory);
  return () => createFileStore({ directory, key: undefined });
}

const CALLED = { content: [{ type: 'text', text: 'called wipe' }] };

describe.each(SDKS)('$name', ({ connect, isUnauthorized }) => {
  const connectWith = (provider: OAuthProvider): Promise<SdkClient> => connect(server.serverUrl, provider, sdk.fetch);

  /** As an application does. */
  async function signedIn(provider: OAuthProvider): Promise<SdkClient> {
    const refused = await connectWith(provider);
    expect(isUnauthorized(refused.error)).toBe(true);
    await provider.finishAuth(refused.transport);
    const client = await connectWith(provider);
    expect(client.error).toBeUndefined();
    return client;
  }

  const tokenForms = (grantType: string) => server.tokenRequests(grantType).map(({ form }) => form);

  it('signs in by its own flow, and asks nobody but the token endpoint by itself', async () => {
    const client = await signedIn(newProvider());
    expect(await client.call('wipe')).toMatchObject(CALLED);
    expect(server.authorizations).toHaveLength(1);
    expect(sdk.elsewhere).toEqual(['POST https://as.example/token']);
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(1);
  });

  it('CL-03 sends PKCE with S256, and redeems with the verifier, at the address and for the resource that were asked for', async () => {
    await signedIn(newProvider());
    const query = server.authorizations[0]?.searchParams;
    const [form] = tokenForms('authorization_code');
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(form?.get('code_verifier') ?? ''));
    expect(query?.get('code_challenge')).toBe(Buffer.from(digest).toString('base64url'));
    expect(query?.get('code_challenge_method')).toBe('S256');
    for (const name of ['redirect_uri', 'client_id', 'resource']) expect(form?.get(name)).toBe(query?.get(name));
    expect(form?.get('resource')).toBe(server.serverUrl);
    expect(query?.get('scope')).toBe('a');
  });

  it('sends a resource without a path as it stands, without a slash', async () => {
    const resource = new URL(server.serverUrl).origin;
    server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({
      json: { resource, authorization_servers: [server.issuer] },
    }));
    await signedIn(newProvider());
    expect(tokenForms('authorization_code')[0]?.get('resource')).toBe(resource);
  });

  it('shares tokens and registration with createOAuthFetch, both ways', async () => {
    const parts = { serverUrl: server.serverUrl, transport: server.transport, store, now: () => now };
    const fetch = createOAuthFetch({ ...parts, fetch: server.fetch, grant: authorizationCode(server.signIn) });
    await fetch(server.serverUrl);
    expect((await connectWith(newProvider())).error).toBeUndefined();
    expect(server.authorizations).toHaveLength(1);
    await signedIn(newProvider({ profile: 'other' }));
    const other = createOAuthFetch({
      ...parts,
      profile: 'other',
      fetch: server.fetch,
      grant: authorizationCode(server.signIn),
    });
    expect((await other(server.serverUrl)).ok).toBe(true);
    expect(server.calls.at(-1)).toBe('Bearer at-2');
    expect(server.authorizations).toHaveLength(2);
  });

  it('takes what another program signs in to meanwhile', async () => {
    const early = newProvider();
    expect(await early.tokens()).toBeUndefined();
    await signedIn(newProvider());
    expect(await early.tokens()).toMatchObject({ access_token: 'at-1', scope: 'a', issuer: server.issuer });
  });

  it('CL-11 renews ahead of the end, once for all calls and all programs that share the store', async () => {
    const client = await signedIn(newProvider());
    const other = await connectWith(newProvider());
    now += 590;
    const calls = [client, other].flatMap((one) => Array.from({ length: 10 }, () => one.call('wipe')));
    expect(await Promise.all(calls)).toEqual(calls.map(() => expect.objectContaining(CALLED)));
    expect(tokenForms('refresh_token').map((form) => form.get('refresh_token'))).toEqual(['rt-1']);
    expect(sdk.elsewhere).toHaveLength(1);
  });

  it.each([
    ['in memory', () => () => store],
    ['in files', storesOnFiles],
  ])(
    'CL-11 spends no refresh token twice, where many calls of two programs are refused at once: %s',
    async (_where, open) => {
      const newStore = open();
      const client = await signedIn(newProvider({ store: newStore() }));
      const other = await connectWith(newProvider({ store: newStore() }));
      server.accepted.clear();
      const calls = [client, other].flatMap((one) => Array.from({ length: 4 }, () => one.call('wipe')));
      expect((await Promise.allSettled(calls)).every(({ status }) => status === 'fulfilled')).toBe(true);
      const spent = tokenForms('refresh_token').map((form) => form.get('refresh_token'));
      expect(spent.length).toBeGreaterThan(0);
      expect(new Set(spent).size).toBe(spent.length);
      expect(server.authorizations).toHaveLength(1);
      expect(await newProvider({ store: newStore() }).tokens()).toMatchObject({
        refresh_token: `rt-${1 + spent.length}`,
      });
    },
  );

  it('keeps the newest refresh token, where a server gives no new one with a refresh', async () => {
    const client = await signedIn(newProvider());
    const other = await connectWith(newProvider());
    server.accepted.clear();
    await other.call('wipe');
    server.routes.set(`${server.issuer}/token`, () => {
      server.accepted.set('at-new', 'a');
      return { json: { access_token: 'at-new', token_type: 'Bearer' } };
    });
    server.accepted.clear();
    await client.call('wipe');
    expect(tokenForms('refresh_token').map((form) => form.get('refresh_token'))).toEqual(['rt-1', 'rt-2']);
    expect(await newProvider().tokens()).toMatchObject({ access_token: 'at-new', refresh_token: 'rt-2' });
  });

  it('CL-07 opens one browser for many calls that are refused, and one finishAuth serves them all', async () => {
    const provider = newProvider();
    const refused = await Promise.all(Array.from({ length: 5 }, () => connectWith(provider)));
    expect(refused.every(({ error }) => isUnauthorized(error))).toBe(true);
    expect(server.authorizations).toHaveLength(1);
    await Promise.all(refused.map(({ transport }) => provider.finishAuth(transport)));
    await provider.finishAuth((await connectWith(newProvider())).transport);
    expect(tokenForms('authorization_code')).toHaveLength(1);
    expect((await connectWith(provider)).error).toBeUndefined();
  });

  it('asks the person anew, with the same registration, where the refresh token is refused', async () => {
    const provider = newProvider();
    await signedIn(provider);
    const token = server.routes.get(`${server.issuer}/token`);
    server.routes.set(`${server.issuer}/token`, (request) =>
      request.form.get('grant_type') === 'refresh_token'
        ? { status: 400, json: { error: 'invalid_grant' } }
        : (token?.(request) ?? {}),
    );
    server.accepted.clear();
    await signedIn(provider);
    expect(server.authorizations).toHaveLength(2);
    expect(server.seen.filter(({ url }) => url.endsWith('/register'))).toHaveLength(1);
  });

  it('registers anew where the server no longer knows the client', async () => {
    const provider = newProvider();
    await signedIn(provider);
    const first = server.authorizations[0]?.searchParams.get('client_id');
    const token = server.routes.get(`${server.issuer}/token`);
    server.routes.set(`${server.issuer}/token`, (request) =>
      request.form.get('client_id') === first
        ? { status: 401, json: { error: 'invalid_client' } }
        : (token?.(request) ?? {}),
    );
    server.accepted.clear();
    await signedIn(provider);
    const second = server.authorizations[1]?.searchParams.get('client_id');
    expect(second).not.toBe(first);
    expect(tokenForms('authorization_code').at(-1)?.get('client_id')).toBe(second);
  });

  it('asks for scopes beside what the server asks for, and for offline_access where that is known', async () => {
    server = createProtectedServer({ metadata: { scopes_supported: ['offline_access'] } });
    sdk = createSdkFetch(server);
    await signedIn(newProvider({ scopes: ['b'] }));
    const query = server.authorizations[0]?.searchParams;
    expect(query?.get('scope')?.split(' ').sort()).toEqual(['a', 'b', 'offline_access']);
    expect(query?.get('prompt')).toBe('consent');
  });

  it('takes a metadata document for its client id where that is known, and registers nothing', async () => {
    server = createProtectedServer({ metadata: { client_id_metadata_document_supported: true } });
    sdk = createSdkFetch(server);
    const metadataDocumentUrl = 'https://app.example/client.json';
    await signedIn(newProvider({ client: { metadataDocumentUrl } }));
    expect(tokenForms('authorization_code')[0]?.get('client_id')).toBe(metadataDocumentUrl);
    expect(server.seen.some(({ url }) => url.endsWith('/register'))).toBe(false);
  });

  it('keeps a secret from the SDK, and puts it where it belongs', async () => {
    const provider = newProvider({ client: { preRegistered: { clientId: 'conf', clientSecret: 's3cret' } } });
    await signedIn(provider);
    expect(await provider.clientInformation()).toEqual({ client_id: 'conf', issuer: server.issuer });
    const [request] = server.tokenRequests('authorization_code');
    expect(request?.headers['authorization']).toBe(`Basic ${btoa('conf:s3cret')}`);
    expect(request?.form.has('client_id')).toBe(false);
  });

  it('finds metadata where the challenge says that they are', async () => {
    const prm = 'https://mcp.example/.well-known/oauth-protected-resource/mcp';
    const elsewhere = 'https://mcp.example/hidden';
    const route = server.routes.get(prm);
    if (route !== undefined) server.routes.set(elsewhere, route);
    server.routes.delete(prm);
    const { fetch } = server;
    server.fetch = async (input, init) => {
      const response = await fetch(input, init);
      const challenge = `Bearer resource_metadata="${elsewhere}"`;
      return response.status === 401
        ? new Response(null, { status: 401, headers: { 'WWW-Authenticate': challenge } })
        : response;
    };
    await signedIn(newProvider());
    expect(server.seen[0]?.url).toBe(elsewhere);
  });

  it('works with a server of 2025-03-26 that publishes nothing', async () => {
    server = createProtectedServer({ issuer: 'https://mcp.example' });
    sdk = createSdkFetch(server);
    server.routes.delete('https://mcp.example/.well-known/oauth-protected-resource/mcp');
    server.routes.delete('https://mcp.example/.well-known/oauth-authorization-server');
    const { fetch } = server;
    server.fetch = async (input, init) => {
      const response = await fetch(input, init);
      return response.status === 401 ? new Response(null, { status: 401 }) : response;
    };
    await signedIn(newProvider());
    expect(sdk.elsewhere).toEqual(['POST https://mcp.example/token']);
  });

  it('is told where a server takes only tokens that are bound to a key', async () => {
    server.routes.set('https://mcp.example/.well-known/oauth-protected-resource/mcp', () => ({
      json: {
        resource: server.serverUrl,
        authorization_servers: [server.issuer],
        dpop_bound_access_tokens_required: true,
      },
    }));
    expect((await connectWith(newProvider())).error).toMatchObject({ code: 'configuration_invalid' });
    expect(server.authorizations).toHaveLength(0);
  });

  it('tells of its work', async () => {
    const events: string[] = [];
    const provider = newProvider({ onEvent: ({ type }) => events.push(type) });
    const client = await signedIn(provider);
    server.accepted.clear();
    await client.call('wipe');
    expect(events).toEqual(['signing_in', 'signed_in', 'refreshed']);
  });
});
